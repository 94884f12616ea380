package flumelog.file;

import java.io.IOException;
import java.nio.channels.FileLock;

/**
 * The kernel's lock of a whole file, which can be proved while it is held.
 *
 * <p>A process loses its POSIX locks of a file without a word when any descriptor of the file is closed in it, also one of
 * other code. So the lock is held in two parts. The last byte is let go and taken again at each proof: where the locks
 * were lost meanwhile, and another process has come, it is not to be had. Nobody comes in between where they were not lost:
 * another process asks for the first part first, which is held all the time.
 */
final class Claim {
  /** Behind all that a file can hold. */
  private static final long PROOF_AT = 1L << 62;

  private final ChannelFile file;
  private FileLock proof;
  private FileLock rest;

  private Claim(ChannelFile file) {
    this.file = file;
  }

  /** Claims a file; null when another process has a lock of it, or of a part of it. */
  static Claim take(ChannelFile file) throws IOException {
    Claim claim = new Claim(file);
    boolean isTaken = false;
    try {
      // The part that a holder never lets go of comes first, so that nobody takes the other one in the moment of a proof.
      claim.rest = file.tryLock(0, PROOF_AT);
      if (claim.rest != null) claim.proof = file.tryLock(PROOF_AT, 1);
      isTaken = claim.proof != null;
    } finally {
      if (!isTaken) claim.release();
    }
    return isTaken ? claim : null;
  }

  /** Whether no other process has the lock; from here on none can get it, also where it was lost before. */
  synchronized boolean prove() throws IOException {
    proof.release();
    FileLock again = file.tryLock(PROOF_AT, 1);
    if (again != null) proof = again;
    return again != null;
  }

  /** Lets go of what is held. */
  synchronized void release() throws IOException {
    try {
      if (rest != null) rest.release();
    } finally {
      if (proof != null) proof.release();
    }
  }
}
