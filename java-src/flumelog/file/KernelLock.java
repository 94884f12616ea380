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
 * Ensures that a log has one writer, with locks of the kernel, which frees them when the holder dies.
 *
 * <p>The lock of the log's own file is found under every name of that file (symlink, hard link) and, inside a JVM, by
 * device and inode. A second lock is that of a separate file, {@code <log>.lock}, which stays where it is: removing it would
 * let two processes lock two files of one name. Both are lost silently when other code of the process opens and closes
 * the files, as a copy of the folder does. So the lock file also says who holds it ({@link Holder}), and a process that
 * is named there, lives and has it open keeps others away as well. The holder proves its locks now and then ({@link
 * #isHeld}): where another process has come all the same, the holder is the first to know.
 */
final class KernelLock implements WriterLock {
  static final String SUFFIX = ".lock";
  /** A holder that is at work looks each millisecond whether it is alone (see {@link GuardedFile}), and then may be slow to write. */
  private static final int PATIENCE_MILLIS = 100;
  /** A process that only tries to open a log has given up by then. */
  private static final int TRYING_MILLIS = 25;
  /** So late a file system in user space shows under one name what was written under another one. */
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
    // Before the claims: a holder that has lost its own, and looks at this moment, must not find these.
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

  /** Asks for the lock of the log alone: another process needs both. */
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
      // It is made when this lock is confirmed.
    } catch (IOException e) {
      throw DiskFailures.io(path.toString(), "opening", e);
    }
  }

  private void claimLockFile() {
    Path path = lockPath(log);
    try {
      // A process that may write the log has to be able to lock it: root may have created the file.
      Permissions.create(path, log);
      claimLockFile(ChannelFile.openToLock(path));
    } catch (IOException e) {
      throw DiskFailures.io(path.toString(), "opening", e);
    }
  }

  /** Keeps the lock file open, or closes it where another process holds it after all. */
  private void claimLockFile(ChannelFile opened) throws IOException {
    try {
      ofLockFile = claim(log, opened, boot);
      lockFile = opened;
    } finally {
      if (lockFile == null) opened.close();
    }
    Holder named = Holder.read(lockFile);
    // It can't be seen from here. Where it is at work it finds these locks taken, and stops, before this goes on.
    if (named != null && named.boot() == boot && !canSee(named)) Pause.millis(PATIENCE_MILLIS);
  }

  private boolean canSee(Holder named) {
    return named.isOfHere(boot) && !Processes.areHidden();
  }

  /** Throws where the lock file names a process that lives and has it open: it holds the log, also where it has lost its locks. */
  private static void checkHolder(Path log, long boot) {
    Path path = lockPath(log);
    if (path.toFile().length() == 0) return; // nobody has it, or its holder has the kernel's lock and does not say so yet
    try (ChannelFile opened = ChannelFile.openForReading(path)) {
      Holder named = Holder.read(opened);
      if (named == null || !named.isOfHere(boot) || named.isThis(boot) || !named.isAlive()) return;
      Boolean hasOpen = Processes.hasOpen(named.pid(), opened.key(), path.toRealPath());
      // Of a copy of a lock file the process that it names knows nothing.
      boolean holds = hasOpen != null ? hasOpen : named.file().equals(String.valueOf(opened.key()));
      if (holds) throw UseFailures.locked(log.toString(), named.pid());
    } catch (NoSuchFileException e) {
      // Somebody has deleted it meanwhile.
    } catch (IOException e) {
      throw DiskFailures.io(path.toString(), "reading", e);
    }
  }

  /** Throws where the file has no name any more, or another process holds it by the lock file of another of its names. */
  private static void checkNames(Path log) throws IOException {
    int names;
    try {
      names = (Integer) Files.getAttribute(log, "unix:nlink");
    } catch (UnsupportedOperationException e) {
      return;
    }
    if (names == 0) {
      throw new FileSystemException(log.toString(), null,
          "it was removed, and what is written to it would be gone; open it with :mode :read and copy what is in it");
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

  /** The lock of one of the two files; throws {@code LOCKED} when somebody has it. */
  private static Claim claim(Path log, ChannelFile file, long boot) throws IOException {
    try {
      Claim claim = Descriptors.claim(file);
      if (claim != null) return claim;
    } catch (OverlappingFileLockException e) {
      throw UseFailures.lockedHere(log.toString());
    }
    throw UseFailures.locked(log.toString(), holder(log, boot));
  }

  /** All names of a file share one lock: the path is that of the file itself, not of a symlink to it, see {@link LogPath}. */
  private static Path lockPath(Path log) {
    return log.resolveSibling(log.getFileName() + SUFFIX);
  }

  /** The pid of the holder; 0 where it can't be told. */
  private static long holder(Path log, long boot) {
    try (ChannelFile opened = ChannelFile.openForReading(lockPath(log))) {
      Holder named = Holder.read(opened);
      // The holder may not have written its own pid yet; the one before may be dead.
      if (named != null && named.isOfHere(boot) && !named.isThis(boot) && named.isAlive()) return named.pid();
    } catch (IOException e) {
      // The holder has locked the log under another name.
    }
    return Processes.holderByKernel(log);
  }
}
