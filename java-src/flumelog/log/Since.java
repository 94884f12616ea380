package flumelog.log;

import flumelog.engine.Watermark;
import flumelog.engine.Workers;
import flumelog.error.Diagnostics;
import flumelog.error.LogException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * The offset of the last record, or of the last durable one; -1 if there is none. It only grows, with one exception: in
 * a log that is opened for reading, it goes back when the writer cuts back an append that failed.
 */
public final class Since {
  /** Is called after the offset has moved. Several moves may be reported as one. */
  public interface Watch extends Watermark.Watch {
    /**
     * Called by one thread at a time, outside of all locks of the log.
     *
     * @param before the offset that was reported last
     * @param now the current offset
     */
    @Override
    void moved(long before, long now);
  }

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

  /** Without a waiter, the log looks for records of others at this interval. */
  private static final long LOOK_AGAIN_MILLIS = 20;
  /** The longest time for which a waiter has to block. */
  private static final long LONGEST_WAIT_MILLIS = 100;

  /** Looks for records of others, for all logs that have watches and no waiter. */
  private static final Workers LOOKING = Workers.one("flumelog-look");
  /** Waits for records of others, with a thread for each log that has watches and a waiter. */
  private static final Workers WAITING = Workers.many("flumelog-look");

  private final Watermark watermark;
  private final Runnable refresh;
  /** Throws if no more records can come; null if the log can't know that. */
  private final Runnable check;
  /** Null if the log looks for records of others at intervals, or if nobody else appends. */
  private final Waiter waiter;
  private final AtomicBoolean looking = new AtomicBoolean();
  /** The message of the error at the last look; null if it succeeded. */
  private String lookFailed;

  /**
   * For back ends: makes the offset of a log.
   *
   * @param path of the log, for messages
   * @param offset where it begins
   * @param refresh looks for records that others have appended, and reports them by {@link #set} and {@link #tell},
   *     unless the log is closed; null if nobody else appends
   */
  public Since(String path, long offset, Runnable refresh) {
    this(new Watermark(path, offset, 0), refresh, null, null);
  }

  /**
   * For back ends: makes the offset of a log to which others append, if the store can report that.
   *
   * @param path of the log, for messages
   * @param offset where it begins
   * @param refresh looks for records that others have appended, and reports them as above, unless the log is closed
   * @param waiter blocks until others may have appended
   */
  public Since(String path, long offset, Runnable refresh, Waiter waiter) {
    this(new Watermark(path, offset, 0), Objects.requireNonNull(refresh, "refresh"), null,
        Objects.requireNonNull(waiter, "waiter"));
  }

  /** For a watermark that only this log moves. */
  Since(Watermark watermark) {
    this(watermark, null, null, null);
  }

  /** @param check throws if no more records can come */
  Since(Watermark watermark, Runnable refresh, Runnable check) {
    this(watermark, refresh, check, null);
  }

  private Since(Watermark watermark, Runnable refresh, Runnable check, Waiter waiter) {
    this.watermark = watermark;
    this.refresh = refresh;
    this.check = check;
    this.waiter = waiter;
  }

  /** {@return the offset; looks at the store first if another process may have appended} */
  public long get() {
    if (refresh != null) refresh.run();
    return lastSeen();
  }

  /** {@return the offset that was last seen, without a look at what others append} */
  public long lastSeen() {
    return watermark.offset();
  }

  /**
   * Waits until the offset is at least the given one, or the time is over.
   *
   * @param atLeast any long
   * @param timeoutMillis milliseconds; with 0 or less it does not wait
   * @return whether the offset is at least that
   * @throws LogException {@code CLOSED} if the log is closed before; {@code FAILED} if this is the durable offset, and
   *     the log has failed, so that it can't move any more; {@code WRONG_LOG} if the log is opened for reading, and its
   *     file was removed or replaced, so that no more records can come
   * @throws InterruptedException if the thread is interrupted before
   */
  public boolean await(long atLeast, long timeoutMillis) throws InterruptedException {
    long nanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    long start = System.nanoTime();
    while (get() < atLeast) {
      watermark.checkMoves();
      if (check != null) check.run();
      long left = nanos - (System.nanoTime() - start);
      if (left <= 0) return false;
      awaitMoveOrOthers(atLeast, left);
    }
    return true;
  }

  private void awaitMoveOrOthers(long atLeast, long nanos) throws InterruptedException {
    if (waiter != null) waiter.await(Math.min(LONGEST_WAIT_MILLIS, TimeUnit.NANOSECONDS.toMillis(nanos) + 1));
    else watermark.awaitMove(atLeast, refresh == null ? nanos : Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(LOOK_AGAIN_MILLIS)));
  }

  /**
   * Calls a watch for every move from now on.
   *
   * @param watch is called by the thread that appends, so it should be quick; when another process appends, by a thread
   *     that looks for new records
   */
  public void watch(Watch watch) {
    watermark.watch(watch);
    if (refresh == null || !looking.compareAndSet(false, true)) return;
    try {
      if (waiter != null) WAITING.execute(this::lookWhenTold);
      else LOOKING.execute(this::lookAtIntervals);
    } catch (Throwable noThread) {
      looking.set(false);
      throw noThread;
    }
  }

  /** Looks each time the waiter returns, until the log is closed. */
  private void lookWhenTold() {
    while (look()) pause();
  }

  private void lookAtIntervals() {
    while (look()) {
      try {
        LOOKING.schedule(this::lookAtIntervals, LOOK_AGAIN_MILLIS);
        return;
      } catch (OutOfMemoryError e) {
        // Looks again now, since it can't be asked to do so later.
      }
    }
  }

  private void pause() {
    try {
      waiter.await(LONGEST_WAIT_MILLIS);
    } catch (InterruptedException | RuntimeException e) {
      // An error of the store will be found, and logged, by the next look.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MILLIS));
    }
  }

  /** Looks once. Returns false when the log is closed. An error does not end the looking; one that lasts is logged once. */
  private boolean look() {
    if (watermark.isClosed()) return false;
    try {
      refresh.run();
      if (check != null) check.run();
      lookFailed = null;
    } catch (RuntimeException | Error e) {
      if (watermark.isClosed()) return false;
      boolean isNew = lookFailed == null || !String.valueOf(e.getMessage()).equals(lookFailed);
      lookFailed = String.valueOf(e.getMessage());
      // A caller that reads the log gets the error too.
      if (isNew) {
        Diagnostics.write(System.Logger.Level.ERROR,
            "looking for what others append to " + watermark.path() + " failed", e);
      }
    }
    return true;
  }

  /**
   * Sets the offset and wakes the waiting threads. {@link #tell} must be called afterwards for the watches.
   *
   * @param newOffset not lower than before
   */
  public void set(long newOffset) {
    watermark.set(newOffset, 0);
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

  /** How often the offset went back. */
  int timesGoneBack() {
    return watermark.timesGoneBack();
  }

  /**
   * Throws if records below a position were taken back after the log had gone back {@code times} times. A caller that
   * has read all records below that position uses it.
   */
  void checkNotGoneBack(int times, long below) {
    watermark.checkNotGoneBack(times, below);
  }

  /** Runs a task when the log is closed. The task must not wait for the log. */
  void whenClosed(Runnable task) {
    watermark.whenClosed(task);
  }

  void dropTask(Runnable task) {
    watermark.dropTask(task);
  }

  /**
   * Hands an exception of a watch to the thread's uncaught exception handler: it must not disturb an append or a close.
   *
   * @param thrown by a watch
   */
  public static void handToThread(Throwable thrown) {
    Watermark.handToThread(thrown);
  }

  @Override
  public String toString() {
    return "#flumelog/Since[" + lastSeen() + "]";
  }
}
