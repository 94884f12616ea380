package flumelog.file;

import flumelog.error.DiskFailures;
import flumelog.error.UseFailures;
import java.io.IOException;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Ensures that a log has one writer, with locks of the kernel. The kernel frees them when the holder dies.
 *
 * <p>The first lock is on the log's own file. It works for every name of that file (symlink, hard link); inside a JVM the file
 * is recognised by device and inode. The second lock is on a separate file, {@code <log>.lock}. That file is never removed:
 * otherwise two processes could lock two files of the same name.
 *
 * <p>The process loses both locks silently when other code in it opens and closes the files, for example to copy the folder. So
 * the lock file also names its holder ({@link Holder}). A holder that is alive and has the lock file open keeps other processes
 * out even without the locks. The holder also proves its locks now and then ({@link #isHeld}). If another process has become a
 * writer in spite of all this, the holder notices first and stops.
 */
final class KernelLock implements WriterLock {
  static final String SUFFIX = ".lock";
  /** A holder that writes checks its locks every millisecond (see {@link GuardedFile}); its write may take a while after that. */
  private static final int PATIENCE_MILLIS = 100;
  /** A process that tries to open a log and fails has closed the lock file again after this time. */
  private static final int TRYING_MILLIS = 25;
  /** A file system in user space may take this long to show under one name what was written under another name. */
  private static final int LATE_MILLIS = 1200;

  private final Path log;
  private final ChannelFile file;
  private final long boot;
  private final Claim ofLog;
  private ChannelFile lockFile;
  private Claim ofLockFile;
  /** Whether the lock file names this process. */
  private boolean isNamed;

  private KernelLock(Path log, ChannelFile file, long boot, Claim ofLog) {
    this.log = log;
    this.file = file;
    this.boot = boot;
    this.ofLog = ofLog;
  }

  static KernelLock take(Path log, ChannelFile file, long boot) throws IOException {
    // Before the locks are taken: a holder that has lost its own locks, and checks them now, must not find these taken.
    checkNames(log);
    checkHolder(log, boot);
    KernelLock lock = new KernelLock(log, file, boot, claim(log, file, boot));
    try {
      if (!file.isAt(log)) throw new FileSystemException(log.toString(), null, "replaced while it was being opened");
      lock.claimLockFileIfThere();
      return lock;
    } catch (Throwable t) {
      lock.close();
      throw t;
    }
  }

  @Override
  public void confirm() throws IOException {
    if (lockFile == null) claimLockFile();
    isNamed = true;
    try {
      Holder.here(lockFile.key(), boot).write(lockFile);
    } catch (IOException e) {
      throw DiskFailures.io(lockPath(log).toString(), "writing", e);
    }
  }

  /** Proves only the lock of the log's file: another writer would need both locks. */
  @Override
  public boolean isHeld() throws IOException {
    return ofLog.prove();
  }

  @Override
  public LogFile guard(LogFile log) throws IOException {
    return new GuardedFile(file, this.log, this);
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
    try (ChannelFile held = lockFile) {
      try {
        if (isNamed && ofLockFile.prove()) held.truncate(0);
      } finally {
        Descriptors.unlock(held, ofLockFile);
      }
    }
  }

  private void claimLockFileIfThere() {
    Path path = lockPath(log);
    try {
      claimLockFile(ChannelFile.openExisting(path));
    } catch (NoSuchFileException e) {
      // confirm() creates it.
    } catch (IOException e) {
      throw DiskFailures.io(path.toString(), "opening", e);
    }
  }

  private void claimLockFile() {
    Path path = lockPath(log);
    try {
      // Any process that may write the log must be able to lock this file, even if root creates it now.
      Permissions.create(path, log);
      claimLockFile(ChannelFile.openUnforced(path));
    } catch (IOException e) {
      throw DiskFailures.io(path.toString(), "opening", e);
    }
  }

  /** Locks the lock file and keeps it open. Closes it if another process has it locked. */
  private void claimLockFile(ChannelFile opened) throws IOException {
    try {
      ofLockFile = claim(log, opened, boot);
      lockFile = opened;
    } finally {
      if (lockFile == null) opened.close();
    }
    Holder named = Holder.read(lockFile);
    // This process can't see whether the holder is alive. If it is, it finds these locks taken during the pause, and stops.
    if (named != null && named.boot() == boot && !canSee(named)) Pause.millis(PATIENCE_MILLIS);
  }

  private boolean canSee(Holder named) {
    return named.isOfHere(boot) && !Processes.areHidden();
  }

  /** Throws if the lock file names a process that is alive and has the file open. It holds the log even if it lost its locks. */
  private static void checkHolder(Path log, long boot) {
    Path path = lockPath(log);
    if (path.toFile().length() == 0) return; // there is no holder, or it has the kernel's lock and has not written its name yet
    try (ChannelFile opened = ChannelFile.openForReading(path)) {
      Holder named = Holder.read(opened);
      if (named == null || !named.isOfHere(boot) || named.isThis(boot) || !named.isAlive()) return;
      Boolean hasOpen = Processes.hasOpen(named.pid(), opened.key(), path.toRealPath());
      // If the file is a copy of a lock file, the process that it names does not hold this log.
      boolean holds = hasOpen != null ? hasOpen : named.file().equals(String.valueOf(opened.key()));
      if (holds) throw UseFailures.locked(log.toString(), named.pid());
    } catch (NoSuchFileException e) {
      // It was deleted in the meantime.
    } catch (IOException e) {
      throw DiskFailures.io(path.toString(), "reading", e);
    }
  }

  /** Throws if the log's file has no name any more, or if another process holds it through the lock file of another name. */
  private static void checkNames(Path log) throws IOException {
    int names;
    try {
      names = (Integer) Files.getAttribute(log, "unix:nlink");
    } catch (UnsupportedOperationException e) {
      return;
    }
    if (names == 0) {
      throw new FileSystemException(log.toString(), null,
          "it was removed, so anything written to it would be lost; open it for reading and copy what is in it");
    }
    if (names > 1) checkOtherNames(log);
  }

  private static void checkOtherNames(Path log) throws IOException {
    long holder = Processes.holderUnderAnyName(log);
    if (holder != 0) {
      Pause.millis(TRYING_MILLIS);
      if (Processes.holderUnderAnyName(log) == holder) throw UseFailures.locked(log.toString(), holder);
    }
    if (Files.getFileStore(log).type().startsWith("fuse")) Pause.millis(LATE_MILLIS);
  }

  /** Locks one of the two files. Throws {@code LOCKED} if it is locked already. */
  private static Claim claim(Path log, ChannelFile file, long boot) throws IOException {
    try {
      Claim claim = Descriptors.claim(file);
      if (claim != null) return claim;
    } catch (OverlappingFileLockException e) {
      throw UseFailures.lockedHere(log.toString());
    }
    throw UseFailures.locked(log.toString(), holder(log, boot));
  }

  /** The path of the lock file. Symlinks to the log share it, because {@link LogPath} has followed them already. */
  private static Path lockPath(Path log) {
    return log.resolveSibling(log.getFileName() + SUFFIX);
  }

  /** Returns the pid of the holder, or 0 if it can't be found out. */
  private static long holder(Path log, long boot) {
    try (ChannelFile opened = ChannelFile.openForReading(lockPath(log))) {
      Holder named = Holder.read(opened);
      // The holder may not have written its pid yet; then the file still names the previous holder, which may be dead.
      if (named != null && named.isOfHere(boot) && !named.isThis(boot) && named.isAlive()) return named.pid();
    } catch (IOException e) {
      // There is no lock file here: the holder has opened the log under another name.
    }
    return Processes.holderByKernel(log);
  }
}
