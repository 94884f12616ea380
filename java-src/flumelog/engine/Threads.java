package flumelog.engine;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/** What threads do when memory runs out. */
final class Threads {
  private static final long PAUSE_NANOS = 1_000_000;

  private Threads() {}

  /** Takes the lock, even if there is no memory for an entry in its queue. */
  static void lock(ReentrantLock lock) {
    try {
      lock.lock();
    } catch (OutOfMemoryError e) {
      while (!lock.tryLock()) Thread.onSpinWait();
    }
  }

  /** Waits a moment, after which other threads may have freed memory. Allocates nothing. */
  static void waitForMemory() {
    LockSupport.parkNanos(PAUSE_NANOS);
  }
}
