package flumelog.file;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Tries again for some time, with pauses that grow: where a file lies behind a daemon (FUSE), what another process is writing can be
 * there and not be seen for a moment, and a read below the size come back short or as zeros.
 */
public final class Patience {
  /** So long a read that comes back short is tried again. */
  public static final long READ_MILLIS = 100;

  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final long until;
  private long pause = TimeUnit.MICROSECONDS.toNanos(200);

  /** @param millis how long to try */
  public Patience(long millis) {
    this.until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Reads; what comes back short of what the file is said to hold is tried again for a moment, before it counts as cut. */
  public static int readAt(LogFile file, long position, ByteBuffer into) throws IOException {
    int n = file.readAt(position, into);
    if (!into.hasRemaining()) return n;
    Patience patience = new Patience(READ_MILLIS);
    while (into.hasRemaining() && file.size() >= position + n + into.remaining() && patience.again()) {
      n += file.readAt(position + n, into);
    }
    return n;
  }

  /** Pauses; false where the time is over. An interrupt makes no pause of it, and is left to be seen. */
  public boolean again() {
    if (System.nanoTime() - until >= 0) return false;
    LockSupport.parkNanos(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    return true;
  }
}
