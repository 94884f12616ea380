package flumelog.file;

import flumelog.error.LogException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/**
 * Repeats something for some time, with growing pauses. On a file system behind a daemon (FUSE), bytes that another process has
 * written may not be visible for a moment: a read below the size of the file then returns too few bytes, or zeros.
 */
public final class Patience {
  /** How long a read that returns too few bytes is repeated. */
  public static final long READ_MILLIS = 100;

  private static final long LONGEST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

  private final long until;
  private long pause = TimeUnit.MICROSECONDS.toNanos(200);

  /** @param millis how long to repeat */
  public Patience(long millis) {
    this.until = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
  }

  /** Reads. If fewer bytes come than the file's size promises, repeats the read for a moment before the file counts as cut. */
  public static int readAt(ReadableFile file, long position, ByteBuffer into) throws IOException {
    int n = file.readAt(position, into);
    if (!into.hasRemaining()) return n;
    Patience patience = new Patience(READ_MILLIS);
    while (into.hasRemaining() && file.size() >= position + n + into.remaining() && patience.again()) {
      n += file.readAt(position + n, into);
    }
    return n;
  }

  /**
   * Reads. If what is read does not agree, looks and reads again for a while: the file may have been cut, and on such a file system
   * others' writes are visible in part for a moment.
   */
  public static <T> T whileCorrupt(Runnable look, Supplier<T> reading) {
    for (Patience patience = new Patience(READ_MILLIS); ; ) {
      try {
        return reading.get();
      } catch (LogException e) {
        if (e.kind() != LogException.Kind.CORRUPT || !patience.again()) throw e;
        look.run();
      }
    }
  }

  /** Pauses, or returns false if the time is over. If the thread is interrupted, the pause is skipped and the interrupt kept. */
  public boolean again() {
    if (System.nanoTime() - until >= 0) return false;
    LockSupport.parkNanos(pause);
    pause = Math.min(2 * pause, LONGEST_PAUSE_NANOS);
    return true;
  }
}
