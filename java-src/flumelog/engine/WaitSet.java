package flumelog.engine;

import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The threads that wait until they are woken. It is used as a {@link java.util.concurrent.locks.Condition} is: the
 * caller of each method holds the lock, and waiting releases the lock meanwhile. Unlike a condition, waking allocates no
 * memory. In a condition it may, and if memory runs out then, the thread that was to be woken waits for ever.
 */
final class WaitSet {
  private static final class Waiter {
    private final Thread thread = Thread.currentThread();
    private volatile boolean isWoken;
    private Waiter next;
  }

  private final ReentrantLock lock;
  private Waiter first;

  WaitSet(ReentrantLock lock) {
    this.lock = lock;
  }

  /** Waits until woken. If the thread is interrupted, it goes on waiting, and is interrupted when this returns. */
  void awaitUninterruptibly() {
    Waiter waiter = new Waiter();
    boolean interrupted = false;
    leave(waiter);
    try {
      while (!waiter.isWoken) {
        LockSupport.park(this);
        interrupted |= Thread.interrupted();
      }
    } finally {
      comeBack(waiter);
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  /** Waits until woken, or until the time is over. */
  void awaitNanos(long nanos) throws InterruptedException {
    Waiter waiter = new Waiter();
    long deadline = System.nanoTime() + nanos;
    leave(waiter);
    try {
      while (!waiter.isWoken) {
        long left = deadline - System.nanoTime();
        if (left <= 0) return;
        LockSupport.parkNanos(this, left);
        if (Thread.interrupted()) throw new InterruptedException();
      }
    } finally {
      comeBack(waiter);
    }
  }

  void wakeOne() {
    if (first == null) return;
    Waiter woken = first;
    first = woken.next;
    wake(woken);
  }

  void wakeAll() {
    while (first != null) wakeOne();
  }

  private static void wake(Waiter waiter) {
    waiter.isWoken = true;
    LockSupport.unpark(waiter.thread);
  }

  private void leave(Waiter waiter) {
    waiter.next = first;
    first = waiter;
    lock.unlock();
  }

  private void comeBack(Waiter waiter) {
    Threads.lock(lock);
    if (!waiter.isWoken) remove(waiter);
  }

  private void remove(Waiter waiter) {
    if (first == waiter) first = waiter.next;
    for (Waiter one = first; one != null; one = one.next) {
      if (one.next == waiter) one.next = waiter.next;
    }
  }
}
