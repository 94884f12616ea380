package flumelog.log;

import flumelog.error.LogException;

/**
 * A cursor that goes on to records as they are appended, after those that are there already. It gives each record once,
 * in the order of the log. For one thread at a time.
 */
public final class LiveCursor {
  /** So often it is looked whether something else happened than that a record came. */
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
   * Steps over the next live record, and waits for it where there is none yet.
   *
   * @return false when the log is closed
   * @throws InterruptedException when the thread is interrupted; nothing is lost, it may be called again
   */
  public boolean next() throws InterruptedException {
    try {
      while (!hasStepped()) watermark.await(from, LOOK_MILLIS);
      return true;
    } catch (LogException e) {
      if (log.isClosed()) return false;
      throw e;
    }
  }

  /** {@return the offset of the current record} */
  public long offset() {
    return cursor.offset();
  }

  /** {@return the data of the current record, or null when it was deleted, or the log closed, since it was stepped over} */
  public byte[] data() {
    try {
      return cursor.data();
    } catch (LogException e) {
      if (log.isClosed()) return null;
      throw e;
    }
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
