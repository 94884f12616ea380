package flumelog.file;

import flumelog.error.LogException;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One writer for a log, whoever it is: two locks of the kernel, which frees them when the holder dies.
 *
 * <p>The lock of the log's own file is found under every name of that file (symlink, hard link) and, inside a JVM,
 * by device and inode. But a process loses it silently when any other descriptor of the file is closed. Ours are kept
 * open for that ({@link Descriptors}); against others in the process there is the lock of a separate file, {@code
 * <log>.lock}, which nobody else opens. That file holds the holder's pid and stays where it is: removing it would let
 * two processes lock two files of one name.
 */
final class KernelLock implements WriterLock {
  private final Path log;
  private final ChannelFile file;
  private final FileLock ofLog;
  private ChannelFile lockFile;
  private FileLock ofLockFile;

  private KernelLock(Path log, ChannelFile file, FileLock ofLog) {
    this.log = log;
    this.file = file;
    this.ofLog = ofLog;
  }

  static KernelLock take(Path log, ChannelFile file) throws IOException {
    KernelLock lock = new KernelLock(log, file, lock(log, file));
    try {
      if (!file.isAt(log)) throw new FileSystemException(log.toString(), null, "replaced while it was being opened");
    } catch (IOException e) {
      lock.close();
      throw e;
    }
    return lock;
  }

  @Override
  public void confirm() throws IOException {
    ChannelFile pid = ChannelFile.openToLock(lockPath(log));
    try {
      ofLockFile = lock(log, pid);
      lockFile = pid;
    } finally {
      if (lockFile == null) pid.close();
    }
    pid.truncate(0);
    pid.overwrite(0, ByteBuffer.wrap((ProcessHandle.current().pid() + "\n").getBytes(StandardCharsets.US_ASCII)));
  }

  @Override
  public void close() throws IOException {
    try {
      if (lockFile != null) closeLockFile();
    } finally {
      Descriptors.unlock(file, ofLog);
    }
  }

  private void closeLockFile() throws IOException {
    try (ChannelFile pid = lockFile) {
      try {
        pid.truncate(0);
      } finally {
        Descriptors.unlock(pid, ofLockFile);
      }
    }
  }

  /** The lock of one of the two files; throws {@code LOCKED} when somebody has it. */
  private static FileLock lock(Path log, ChannelFile file) throws IOException {
    try {
      FileLock lock = Descriptors.lock(file);
      if (lock != null) return lock;
    } catch (OverlappingFileLockException e) {
      throw LogException.locked(log.toString(), ProcessHandle.current().pid());
    }
    throw LogException.locked(log.toString(), holder(log));
  }

  /** All names of a file share one lock: the path is that of the file itself, not of a symlink to it, see {@link Place}. */
  private static Path lockPath(Path log) {
    return log.resolveSibling(log.getFileName() + ".lock");
  }

  /** The pid of the holder; 0 where it can't be told. */
  private static long holder(Path log) throws IOException {
    try (FileInputStream in = new FileInputStream(lockPath(log).toFile())) {
      long pid = Long.parseLong(new String(in.readAllBytes(), StandardCharsets.US_ASCII).strip());
      // The holder may not have written its own yet; the one before may be dead.
      if (ProcessHandle.of(pid).isPresent()) return pid;
    } catch (IOException | NumberFormatException e) {
      // The holder has locked the log under another name.
    }
    return holderByKernel(log);
  }

  /** Linux lists all locks: {@code 1: POSIX  ADVISORY  WRITE pid major:minor:inode 0 EOF}. */
  private static long holderByKernel(Path log) {
    try (FileInputStream in = new FileInputStream("/proc/locks")) {
      Object inode = Files.getAttribute(log, "unix:ino");
      Matcher line = Pattern.compile("POSIX +ADVISORY +WRITE (\\d+) \\S+:" + inode + " ")
          .matcher(new String(in.readAllBytes(), StandardCharsets.US_ASCII));
      if (line.find()) return Long.parseLong(line.group(1));
    } catch (IOException | UnsupportedOperationException e) {
      // Not Linux, or hidden from us.
    }
    return 0;
  }
}
