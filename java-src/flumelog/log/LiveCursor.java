package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.UseFailures;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A cursor over the present and future records of a log. It gives each record once, in the order of the log. Only one
 * thread may use it at a time.
 *
 * <p>It ends when all records up to the upper bound of its options were given. When the log is closed, it ends if all
 * records of the log were given. If not, it throws {@code CLOSED}, and the fact {@code offset} of the exception says from
 * where to go on.
 */
public final class LiveCursor {
  /** While it waits for a record, it checks at this interval whether the log was closed or cut back. */
  private static final long LOOK_MILLIS = 100;

  private final Log log;
  private final Since watermark;
  private final RecordKey key;
  /** The key below which the records are. */
  private final long before;
  /** The lowest key that was not reached yet. */
  private long from;
  /** A cursor over the records up to {@link #upTo}; null when all of these were given. */
  private Cursor cursor;
  private long upTo;
  /** The last offset of the log when the cursor looked last. */
  private long seen = -1;
  /** How often the log had gone back at the last check. */
  private int timesGoneBack;

  /**
   * Makes a cursor at the start of the records that the options select.
   *
   * @param log the log to follow
   * @param options which records; their limit is ignored
   */
  public LiveCursor(Log log, LiveOptions options) {
    this.log = Objects.requireNonNull(log, "log");
    Objects.requireNonNull(options, "options");
    this.watermark = options.durable() ? log.durable() : log.since();
    this.key = options.key();
    this.before = options.before();
    this.from = options.from();
    this.timesGoneBack = LogSince.timesGoneBack(watermark);
  }

  /**
   * Steps over the next record that is present, which becomes the current one. Waits for it if there is none yet.
   *
   * @return false, without a current record, at the end
   * @throws LogException {@code CLOSED} if the log was closed before all its records were given; also what {@link
   *     Since#await} and reading throw
   * @throws InterruptedException if the thread is interrupted; the call can be repeated, and no record is lost
   */
  public boolean next() throws InterruptedException {
    return next(Long.MAX_VALUE);
  }

  /**
   * Steps over the next record that is present, which becomes the current one. Waits for it, but not longer than the
   * timeout.
   *
   * @param timeoutMillis milliseconds; with 0 or less it does not wait
   * @return false, without a current record, if no record came in that time, or {@link #isAtEnd at the end}
   * @throws LogException {@code CLOSED} if the log was closed before all its records were given; also what {@link
   *     Since#await} and reading throw
   * @throws InterruptedException if the thread is interrupted; the call can be repeated, and no record is lost
   */
  public boolean next(long timeoutMillis) throws InterruptedException {
    try {
      return hasStepped() || stepsWithin(TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
    } catch (LogException e) {
      if (!isAtEnd()) throw clearer(e);
      cursor = null;
      return false;
    }
  }

  /**
   * {@return whether no more records will come: all up to the upper bound were given, or all that the log had when it was
   * closed}
   */
  public boolean isAtEnd() {
    return isAtBound() || log.isClosed() && from > key.lastSeen(log.since());
  }

  private boolean isAtBound() {
    return from >= before && before != Long.MAX_VALUE;
  }

  /** Throws if the log was closed before all its records were given. */
  void checkNotCutShort() {
    if (log.isClosed() && !isAtEnd()) throw closedBelow();
  }

  /**
   * {@return the offset of the current record; -1 if there is none: at the start, and after {@code next} returned
   * false}
   */
  public long offset() {
    return cursor == null ? -1 : cursor.offset();
  }

  /** {@return the end of the current record, see {@link Cursor#end}; -1 if there is none} */
  public long end() {
    return cursor == null ? -1 : cursor.end();
  }

  /**
   * Reads the current record.
   *
   * @return its data; null if it was deleted after the step
   * @throws LogException {@code CLOSED} if the log was closed after the step
   * @throws IllegalStateException when there is no current record
   */
  public byte @Nullable [] data() {
    if (cursor == null) throw new IllegalStateException("the cursor has no current record; call next first");
    try {
      return cursor.data();
    } catch (LogException e) {
      if (log.isClosed()) from = key.of(cursor);
      throw clearer(e);
    }
  }

  /** The exception for a closed log, which says which records were not returned. */
  private LogException clearer(LogException e) {
    return e.kind() == LogException.Kind.CLOSED ? closedBelow() : e;
  }

  private LogException closedBelow() {
    return UseFailures.closedBelow(log.path(), from, key.lastSeen(log.since()));
  }

  private boolean stepsWithin(long nanos) throws InterruptedException {
    long start = System.nanoTime();
    for (long left = nanos; left > 0 && !isAtBound(); left = nanos - (System.nanoTime() - start)) {
      watermark.await(key == RecordKey.START ? from : seen + 1, Math.min(LOOK_MILLIS, TimeUnit.NANOSECONDS.toMillis(left) + 1));
      if (hasStepped()) return true;
    }
    return false;
  }

  private boolean hasStepped() throws InterruptedException {
    if (Thread.interrupted()) throw new InterruptedException();
    if (cursor != null && steppedInCursor()) return true;
    if (isAtBound()) return false;
    seen = watermark.get();
    upTo = Math.min(key == RecordKey.START ? seen : watermark.end(), before - 1);
    checkNotGoneBack();
    if (upTo < from) return false;
    cursor = key.seek(log.cursor(), from);
    return steppedInCursor();
  }

  /** Throws if records that were given were taken back: they belonged to an append that failed. */
  private void checkNotGoneBack() {
    int now = LogSince.timesGoneBack(watermark);
    if (now > timesGoneBack) LogSince.checkNotGoneBack(watermark, timesGoneBack, key == RecordKey.START ? from : from - 1);
    timesGoneBack = now;
  }

  private boolean steppedInCursor() {
    boolean stepped = cursor.next() && key.of(cursor) <= upTo;
    from = 1 + (stepped ? key.of(cursor) : upTo);
    if (!stepped) cursor = null;
    return stepped;
  }

  @Override
  public String toString() {
    return Description.of("LiveCursor", log, "since");
  }
}
