package flumelog.engine;

import flumelog.error.Diagnostics;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/** Waits for moves of a watermark. If others append too, it looks for their records while a thread waits or a watch is there. */
public final class Lookout {
  /** Blocks until others may have appended. */
  public interface Waiter {
    /**
     * Blocks until records may have been appended, or the log is closed, or the time is over. It may return earlier.
     * Several threads may call it at the same time.
     */
    void await(long millis) throws InterruptedException;
  }

  /** The longest time for which a waiter has to block. */
  private static final long LONGEST_WAIT_MILLIS = 100;

  /** Looks for records of others, for all logs that have watches and no waiter. */
  private static final Workers LOOKING = Workers.one("flumelog-look");
  /** Waits for records of others, with a thread for each log that has watches and a waiter. */
  private static final Workers WAITING = Workers.many("flumelog-look");

  private final Watermark watermark;
  /** Looks for what others append, and moves the watermark; null if nobody else appends. */
  private final Runnable refresh;
  /** Throws if no more records can come; null if the log can't know that. */
  private final Runnable check;
  /** Null if the log looks for records of others at intervals, or if nobody else appends. */
  private final Waiter waiter;
  /** How long to wait from one look to the next; null if there is a waiter, or if nobody else appends. */
  private final Pace pace;
  /** Whether one of the waiting threads looks at the pace. The others look seldom, since its look wakes them. */
  private final AtomicBoolean pacing = new AtomicBoolean();
  private final AtomicBoolean looking = new AtomicBoolean();
  /** The message of the error at the last look; null if it succeeded. */
  private String lookFailed;

  /** For a watermark that only this log moves. */
  public Lookout(Watermark watermark) {
    this(watermark, null, null, null, null);
  }

  /** For a log in which a look is cheap. It looks at a pace that follows the traffic. */
  public Lookout(Watermark watermark, Runnable refresh, Runnable check) {
    this(watermark, refresh, check, null, Pace.ofTraffic());
  }

  /** For a log that looks at a steady pace, unless {@code refresh} is null. */
  public Lookout(Watermark watermark, Runnable refresh) {
    this(watermark, refresh, null, null, Pace.steady());
  }

  /** For a log with a waiter. */
  public Lookout(Watermark watermark, Runnable refresh, Waiter waiter) {
    this(watermark, refresh, null, waiter, null);
  }

  private Lookout(Watermark watermark, Runnable refresh, Runnable check, Waiter waiter, Pace pace) {
    this.watermark = watermark;
    this.refresh = refresh;
    this.check = check;
    this.waiter = waiter;
    this.pace = pace;
  }

  /** Looks if others may have appended, and returns the offset. */
  public long get() {
    if (refresh != null) refresh.run();
    return watermark.offset();
  }

  /** Waits until the offset is at least that, or the time is over. Returns whether it is. Throws if it can't come to that. */
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
    else if (refresh == null) watermark.awaitMove(atLeast, nanos);
    else if (!pacing.compareAndSet(false, true)) watermark.awaitMove(atLeast, Math.min(nanos, Pace.LONGEST_NANOS));
    else awaitMoveAtPace(atLeast, nanos);
  }

  private void awaitMoveAtPace(long atLeast, long nanos) throws InterruptedException {
    try {
      watermark.awaitMove(atLeast, Math.min(nanos, pace.pause(watermark.offset(), System.nanoTime())));
    } finally {
      pacing.set(false);
    }
  }

  /** Calls a watch for every move from now on. Returns what ends that. */
  public Runnable watch(Watermark.Watch watch) {
    Runnable end = watermark.watch(watch);
    if (refresh == null || !looking.compareAndSet(false, true)) return end;
    try {
      if (waiter != null) WAITING.execute(this::lookWhenTold, watermark.path());
      else LOOKING.execute(this::lookAtIntervals, watermark.path());
      return end;
    } catch (Throwable noThread) {
      looking.set(false);
      throw noThread;
    }
  }

  /** Looks each time the waiter returns, until the log is closed or nobody watches. */
  private void lookWhenTold() {
    while (look()) pause();
  }

  private void lookAtIntervals() {
    while (look()) {
      try {
        LOOKING.scheduleNanos(this::lookAtIntervals, watermark.path(), pace.pause(watermark.offset(), System.nanoTime()));
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

  /** Looks once. Returns false when no more looks are needed. An error does not end the looking; one that lasts is logged once. */
  private boolean look() {
    if (!isWanted()) return false;
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

  private boolean isWanted() {
    if (watermark.isClosed()) return false;
    if (watermark.isWatched()) return true;
    looking.set(false);
    return watermark.isWatched() && looking.compareAndSet(false, true);
  }
}
