package flumelog.spi;

import flumelog.engine.Lookout;
import flumelog.engine.Watermark;
import flumelog.log.Since;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The {@link Since} of a back end, which moves it by {@link #set} and {@link #tell}. A back end has one for the last record and
 * one for the last durable record; if a record is durable when it is appended, they are the same object.
 */
public final class LastOffset implements Since {
  /**
   * For back ends whose store can report new records of other writers. Without a waiter the log looks at the store
   * every 20 milliseconds.
   */
  public interface Waiter {
    /**
     * Blocks until records may have been appended, by others or by this log, or the log is closed, or the time is over.
     * It may return earlier. Several threads may call it at the same time. After it has returned, the log looks for new
     * records.
     *
     * @param millis the largest number of milliseconds to block, at most 100; so a waiter need not notice a close
     * @throws InterruptedException when the thread is interrupted
     */
    void await(long millis) throws InterruptedException;
  }

  private final Watermark watermark;
  private final Lookout lookout;

  /**
   * Makes the offset of a log.
   *
   * @param path of the log, for messages
   * @param offset where it begins
   * @param refresh looks for records that others have appended, and reports them by {@link #set} and {@link #tell},
   *     unless the log is closed; null if nobody else appends
   */
  public LastOffset(String path, long offset, @Nullable Runnable refresh) {
    this.watermark = new Watermark(path, offset);
    this.lookout = new Lookout(watermark, refresh);
  }

  /**
   * Makes the offset of a log to which others append, if the store can report that.
   *
   * @param path of the log, for messages
   * @param offset where it begins
   * @param refresh looks for records that others have appended, and reports them as above, unless the log is closed
   * @param waiter blocks until others may have appended
   */
  public LastOffset(String path, long offset, Runnable refresh, Waiter waiter) {
    Objects.requireNonNull(refresh, "refresh");
    Objects.requireNonNull(waiter, "waiter");
    this.watermark = new Watermark(path, offset);
    this.lookout = new Lookout(watermark, refresh, waiter::await);
  }

  @Override
  public long get() {
    return lookout.get();
  }

  @Override
  public long lastSeen() {
    return watermark.offset();
  }

  @Override
  public long end() {
    lookout.get();
    Watermark.Reached reached = watermark.reached();
    return Math.max(reached.end(), reached.offset() + 1);
  }

  @Override
  public boolean await(long atLeast, long timeoutMillis) throws InterruptedException {
    return lookout.await(atLeast, timeoutMillis);
  }

  @Override
  public Registration watch(Watch watch) {
    Objects.requireNonNull(watch, "watch");
    return lookout.watch(watch::moved)::run;
  }

  @Override
  public Registration whenClosed(Runnable task) {
    Objects.requireNonNull(task, "task");
    return watermark.whenClosed(task)::run;
  }

  /**
   * Sets the offset and wakes the waiting threads. {@link #tell} must be called afterwards for the watches.
   *
   * @param newOffset not lower than before
   */
  public void set(long newOffset) {
    watermark.setOffset(newOffset);
  }

  /**
   * Sets the offset, as {@link #set(long)} does, and the end of its record, for offsets that don't count records.
   *
   * @param newOffset not lower than before
   * @param newEnd the lowest offset that the next record can have
   */
  public void set(long newOffset, long newEnd) {
    watermark.set(newOffset, newEnd);
  }

  /**
   * Calls the watches. The caller must hold no lock of the log. If another thread is calling them, or this thread is
   * because a watch appended, then that call reports the new move after the current one. So a watch never runs twice at
   * a time, gets the moves in order, and never blocks a writer for which it waits.
   */
  public void tell() {
    watermark.tell();
  }

  /** Ends all waiting. The log must be closed already. */
  public void close() {
    watermark.close();
  }

  @Override
  public String toString() {
    return "#flumelog/Since[" + lastSeen() + "]";
  }
}
