package flumelog.log;

import flumelog.engine.Threads;
import flumelog.engine.Watermark;
import flumelog.error.Diagnostics;
import flumelog.error.LogException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * The offset of the last record of some kind; -1 when there is none. It only grows, but for one that is only read while its
 * writer cuts an append back that failed.
 */
public final class Since {
  /** Told after the offset has moved; several moves may be told as one. */
  public interface Watch extends Watermark.Watch {
    /**
     * Called by one thread at a time, outside of all locks of the log.
     *
     * @param before the offset as it was last told
     * @param now the offset as it is
     */
    @Override
    void moved(long before, long now);
  }

  /**
   * For back ends: waits for what others append. A back end whose store can say that there is more has one; for any other the
   * store is looked at every 20 milliseconds.
   */
  public interface Waiter {
    /**
     * Blocks until something may have been appended, by others or by this log, or the log is closed, or the time is over. It
     * may also return earlier. Several threads may call it at the same time. What there is is looked for after it returned.
     *
     * @param millis the most milliseconds to block: at most 100, so a waiter that does not notice the close ends soon enough
     * @throws InterruptedException when the thread is interrupted
     */
    void await(long millis) throws InterruptedException;
  }

  /** Where there is no waiter, others are looked for this often. */
  private static final long LOOK_AGAIN_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  /** A waiter is not asked to block for longer. */
  private static final long LONGEST_WAIT_MILLIS = 100;

  /** Looks for what others have appended, for all logs that have watches and no waiter. */
  private static final ScheduledThreadPoolExecutor LOOKING = Threads.timer("flumelog-look");

  private final Watermark watermark;
  private final Runnable refresh;
  /** Throws where nothing more will come; null where that can't be told. */
  private final Runnable check;
  /** Null where others are looked for at intervals, or where there are none. */
  private final Waiter waiter;
  private final AtomicBoolean looking = new AtomicBoolean();
  /** What was wrong when the file was last looked at; null when nothing was. */
  private String lookFailed;

  /**
   * Makes one for a log of one's own.
   *
   * @param path of the log, for messages
   * @param offset where it begins
   * @param refresh looks for records that somebody else has appended, and tells of them by {@link #set} and {@link #tell},
   *     unless the log is closed; null when nobody else appends
   */
  public Since(String path, long offset, Runnable refresh) {
    this(new Watermark(path, offset, 0), refresh, null, null);
  }

  /**
   * Makes one for a log of one's own, to which others append and which can tell when they do.
   *
   * @param path of the log, for messages
   * @param offset where it begins
   * @param refresh looks for records that somebody else has appended, and tells of them, unless the log is closed
   * @param waiter blocks until they may have appended
   */
  public Since(String path, long offset, Runnable refresh, Waiter waiter) {
    this(new Watermark(path, offset, 0), Objects.requireNonNull(refresh, "refresh"), null,
        Objects.requireNonNull(waiter, "waiter"));
  }

  /** Of a watermark that only this log moves. */
  Since(Watermark watermark) {
    this(watermark, null, null, null);
  }

  /** @param check throws where nothing more will come */
  Since(Watermark watermark, Runnable refresh, Runnable check) {
    this(watermark, refresh, check, null);
  }

  private Since(Watermark watermark, Runnable refresh, Runnable check, Waiter waiter) {
    this.watermark = watermark;
    this.refresh = refresh;
    this.check = check;
    this.waiter = waiter;
  }

  /** {@return the offset; where another process may have moved it, after a look at the file} */
  public long get() {
    if (refresh != null) refresh.run();
    return lastSeen();
  }

  /** {@return the offset that was last seen, without looking at the file} */
  public long lastSeen() {
    return watermark.offset();
  }

  /**
   * Waits until the offset is at least the given one, or the time is over.
   *
   * @param atLeast any long
   * @param timeoutMillis milliseconds; 0 or less only looks
   * @return whether it is
   * @throws LogException {@code CLOSED} when the log is closed before; {@code FAILED} when this is what is durable, and the
   *     log has failed before, so that it will not move any more; {@code WRONG_LOG} when it is only read and its file was
   *     removed or replaced, so that nothing more comes
   * @throws InterruptedException when the thread is interrupted before
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
    else watermark.awaitMove(atLeast, refresh == null ? nanos : Math.min(nanos, LOOK_AGAIN_NANOS));
  }

  /**
   * Has a watch told of every move from now on.
   *
   * @param watch told by the thread that appends: it should be quick; where another process appends, by one that looks
   *     for that
   */
  public void watch(Watch watch) {
    watermark.watch(watch);
    if (refresh == null || !looking.compareAndSet(false, true)) return;
    try {
      if (waiter != null) Threads.pool("flumelog-look").execute(this::lookOn);
      else LOOKING.scheduleWithFixedDelay(this::look, 0, LOOK_AGAIN_NANOS, TimeUnit.NANOSECONDS);
    } catch (Throwable noThread) {
      looking.set(false);
      throw noThread;
    }
  }

  /** Looks whenever the waiter says so, until the log is closed. */
  private void lookOn() {
    try {
      while (true) {
        look();
        pause();
      }
    } catch (CancellationException isClosed) {
      // The thread has nothing more to do.
    }
  }

  private void pause() {
    try {
      waiter.await(LONGEST_WAIT_MILLIS);
    } catch (InterruptedException | RuntimeException e) {
      // What is wrong with the store is seen, and logged, by the look.
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MILLIS));
    }
  }

  /** Looks once, and goes on to look whatever comes of it. Of a failure that lasts one line is logged. */
  private void look() {
    if (watermark.isClosed()) throw new CancellationException();
    try {
      refresh.run();
      if (check != null) check.run();
      lookFailed = null;
    } catch (RuntimeException | Error e) {
      if (watermark.isClosed()) throw new CancellationException();
      boolean isNew = lookFailed == null || !String.valueOf(e.getMessage()).equals(lookFailed);
      lookFailed = String.valueOf(e.getMessage());
      // Whoever reads the log hears it too.
      if (isNew) {
        Diagnostics.write(System.Logger.Level.ERROR,
            "looking for what others append to " + watermark.path() + " failed", e);
      }
    }
  }

  /**
   * Sets the offset and wakes who waits; who watches hears of it by {@link #tell}.
   *
   * @param newOffset not lower than before
   */
  public void set(long newOffset) {
    watermark.set(newOffset, 0);
  }

  /**
   * Tells the watches, outside of all locks of the log. Where another thread is telling, or this one is by a watch that
   * appends, it is told there when all have heard of what was before: so that a watch never runs twice at a time, hears of
   * the moves in their order, and never holds up a writer that it waits for.
   */
  public void tell() {
    watermark.tell();
  }

  /** Ends all waiting; the log is closed by now. */
  public void close() {
    watermark.close();
  }

  /** How often the log went back. */
  int timesGoneBack() {
    return watermark.timesGoneBack();
  }

  /** For who has seen all below a position: throws where some of that was taken back later than those many times. */
  void checkNotGoneBack(int times, long below) {
    watermark.checkNotGoneBack(times, below);
  }

  /** A task that must not wait for the log. */
  void whenClosed(Runnable task) {
    watermark.whenClosed(task);
  }

  void dropTask(Runnable task) {
    watermark.dropTask(task);
  }

  /**
   * The record is appended, or the log closed, whatever a watch does; its exception goes where those of threads go.
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
