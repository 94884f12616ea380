package flumelog.engine;

import flumelog.error.LogException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A force in the background. It is a class and not a lambda, because a stack overflow while the JVM links its first
 * lambdas may break all later ones.
 */
final class BackgroundSync implements Runnable {
  /** If the disk is full, or memory ran out, the force is tried again after this time. */
  private static final long RETRY_MILLIS = 1000;

  /** One thread for the background forces of all logs. It ends when there is nothing to do. */
  private static final Workers THREAD = Workers.one("flumelog-sync");

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
   * Forces after the given time. If no thread can be made, the caller forces immediately. Errors are logged and not
   * thrown, since the caller's record is appended already.
   *
   * @param scheduled was set by the caller, so that only one force is scheduled at a time
   */
  static void soon(Durability durability, String path, long millis, AtomicBoolean scheduled) {
    BackgroundSync sync;
    try {
      sync = new BackgroundSync(durability, path, millis, scheduled);
    } catch (OutOfMemoryError noMemory) {
      scheduled.set(false); // the next append schedules it again
      return;
    }
    try {
      THREAD.schedule(sync, path, millis);
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
      // If the log has failed now, its next caller gets that error too.
      System.getLogger("flumelog").log(System.Logger.Level.ERROR, "syncing " + path + " in the background failed", t);
    }
  }

  private void tryAgain() {
    if (!scheduled.compareAndSet(false, true)) return;
    try {
      THREAD.schedule(this, path, Math.max(RETRY_MILLIS, millis));
    } catch (Throwable noThread) {
      scheduled.set(false); // the next append schedules it again
    }
  }
}
