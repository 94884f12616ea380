package flumelog.log;

import flumelog.error.LogException;
import java.util.concurrent.TimeUnit;

/**
 * A cursor that goes on to records as they are appended, after those that are there already. It gives each record once,
 * in the order of the log. For one thread at a time.
 */
public final class LiveCursor {
  /** While it waits for a record, it looks this often whether something else has happened. */
  private static final long LOOK_MILLIS = 100;

  private final Log log;
  private final Since watermark;
  /** The lowest offset that was not looked at yet. */
  private long from;
  /** Over the records up to the watermark as it was, or null when all of these were seen. */
  private Cursor cursor;
  private long upTo;
  /** How often the log had gone back when that was last looked at. */
  private int timesGoneBack;

  /**
   * Makes a cursor at the start of what the options say.
   *
   * @param log the log that is followed
   * @param options which records; their limit is of no account here
   */
  public LiveCursor(Log log, LiveOptions options) {
    this.log = log;
    this.watermark = options.durable() ? log.durable() : log.since();
    this.from = options.from();
    this.timesGoneBack = watermark.timesGoneBack();
  }

  /**
   * Steps over the next record that is present, which becomes the current one, and waits for it where there is none yet.
   *
   * @return false, and there is no current one, when the log is closed
   * @throws InterruptedException when the thread is interrupted; nothing is lost, it may be called again
   */
  public boolean next() throws InterruptedException {
    return next(Long.MAX_VALUE);
  }

  /**
   * Steps over the next record that is present, and waits for it where there is none yet, but not for ever.
   *
   * @param timeoutMillis milliseconds; 0 or less steps only over a record that is there
   * @return false, and there is no current one, when none came in that time or the log is closed, which {@link Log#isClosed}
   *     tells
   * @throws InterruptedException when the thread is interrupted; nothing is lost, it may be called again
   */
  public boolean next(long timeoutMillis) throws InterruptedException {
    try {
      return hasStepped() || stepsWithin(TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
    } catch (LogException e) {
      if (log.isClosed()) return false;
      throw e;
    }
  }

  /** {@return the offset of the current record, -1 when there is none: at first, and where {@code next} returned false} */
  public long offset() {
    return cursor == null ? -1 : cursor.offset();
  }

  /**
   * Reads the current record.
   *
   * @return its data, or null when it was deleted, or the log closed, since it was stepped over
   * @throws IllegalStateException when there is no current record
   */
  public byte[] data() {
    if (cursor == null) throw new IllegalStateException("the cursor has no current record; call next first");
    try {
      return cursor.data();
    } catch (LogException e) {
      if (log.isClosed()) return null;
      throw e;
    }
  }

  private boolean stepsWithin(long nanos) throws InterruptedException {
    long start = System.nanoTime();
    for (long left = nanos; left > 0; left = nanos - (System.nanoTime() - start)) {
      watermark.await(from, Math.min(LOOK_MILLIS, TimeUnit.NANOSECONDS.toMillis(left) + 1));
      if (hasStepped()) return true;
    }
    return false;
  }

  private boolean hasStepped() throws InterruptedException {
    if (Thread.interrupted()) throw new InterruptedException();
    if (cursor != null && steppedInCursor()) return true;
    upTo = watermark.get();
    checkNotGoneBack();
    if (upTo < from) return false;
    cursor = log.cursor().seek(from);
    return steppedInCursor();
  }

  /** What was stepped over may be taken back as long as it is of an append that is not done. */
  private void checkNotGoneBack() {
    int now = watermark.timesGoneBack();
    if (now > timesGoneBack) watermark.checkNotGoneBack(timesGoneBack, from);
    timesGoneBack = now;
  }

  private boolean steppedInCursor() {
    boolean stepped = cursor.next() && cursor.offset() <= upTo;
    from = 1 + (stepped ? cursor.offset() : upTo);
    if (!stepped) cursor = null;
    return stepped;
  }

  @Override
  public String toString() {
    return Description.of("LiveCursor", log, "since");
  }
}
