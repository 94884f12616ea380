package flumelog.file;

import java.io.IOException;
import java.nio.channels.FileLock;

/**
 * The kernel's lock of a whole file. While it is held, {@link #prove} can find out whether it was lost.
 *
 * <p>A process silently loses its POSIX locks of a file when any code in it closes any descriptor of that file. So the lock has
 * two parts. A proof releases the last byte and locks it again. If the locks were lost, and another process has locked the file
 * since, locking the byte fails. If they were not lost, no other process can take the byte in between: it has to lock the first
 * part first, which is held all the time.
 */
final class Claim {
  /** The position of the byte that is released at a proof. No file is so long. */
  private static final long PROOF_AT = 1L << 62;

  private final ChannelFile file;
  private FileLock proof;
  private FileLock rest;

  private Claim(ChannelFile file) {
    this.file = file;
  }

  /** Locks a file. Returns null if another process has locked it or a part of it. */
  static Claim take(ChannelFile file) throws IOException {
    Claim claim = new Claim(file);
    boolean isTaken = false;
    try {
      // First the part that a holder never releases. Else this could take the other part while a holder proves its lock.
      claim.rest = file.tryLock(0, PROOF_AT);
      if (claim.rest != null) claim.proof = file.tryLock(PROOF_AT, 1);
      isTaken = claim.proof != null;
    } finally {
      if (!isTaken) claim.release();
    }
    return isTaken ? claim : null;
  }

  /** Whether no other process has the lock. If true, no other process can get it from now on, even if it was lost before. */
  synchronized boolean prove() throws IOException {
    proof.release();
    FileLock again = file.tryLock(PROOF_AT, 1);
    if (again != null) proof = again;
    return again != null;
  }

  /** Releases the parts that are locked. */
  synchronized void release() throws IOException {
    try {
      if (rest != null) rest.release();
    } finally {
      if (proof != null) proof.release();
    }
  }
}
