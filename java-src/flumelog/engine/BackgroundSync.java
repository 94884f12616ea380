package flumelog.engine;

import flumelog.error.LogException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A force in the background. A class and not a lambda, since a stack that comes to its end while the JVM makes its first
 * lambdas may spoil all others.
 */
final class BackgroundSync implements Runnable {
  /** Where a disk is full, or there was no memory, it is tried again after this time. */
  private static final long RETRY_MILLIS = 1000;

  /** One thread for the background forces of all logs; it goes when there is nothing to do. */
  private static final ScheduledThreadPoolExecutor THREAD = Threads.timer("flumelog-sync");

  private final Durability durability;
  private final String path;
  private final long millis;
  private final AtomicBoolean scheduled;

  private BackgroundSync(Durability durability, String path, long millis, AtomicBoolean scheduled) {
    this.durability = durability;
    this.path = path;
    this.millis = millis;
    this.scheduled = scheduled;
  }

  /**
   * Forces after so many milliseconds; at once, by the caller, where no thread can be had. What was appended is appended,
   * whatever happens here.
   *
   * @param scheduled set by the caller, so that no other one comes beside it
   */
  static void soon(Durability durability, String path, long millis, AtomicBoolean scheduled) {
    BackgroundSync sync = new BackgroundSync(durability, path, millis, scheduled);
    try {
      THREAD.schedule(sync, millis, TimeUnit.MILLISECONDS);
    } catch (Throwable noThread) {
      sync.run();
    }
  }

  @Override
  public void run() {
    scheduled.set(false);
    try {
      durability.forceAndTell();
    } catch (Throwable t) {
      boolean isClosed = t instanceof LogException said && said.kind() == LogException.Kind.CLOSED;
      if (durability.failure() == null && !isClosed) tryAgain();
      // Where the log is failed its next caller hears that too.
      System.getLogger("flumelog").log(System.Logger.Level.ERROR, "syncing " + path + " in the background failed", t);
    }
  }

  private void tryAgain() {
    if (!scheduled.compareAndSet(false, true)) return;
    try {
      THREAD.schedule(this, Math.max(RETRY_MILLIS, millis), TimeUnit.MILLISECONDS);
    } catch (Throwable noThread) {
      scheduled.set(false); // the next append does it
    }
  }
}
