package flumelog.kafka;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Waits until the brokers have written down everywhere that a transaction was committed, which their answer to the commit does not wait
 * for. A transaction that begins earlier is put off by them for 20 ms. For the thread that has the turn to append.
 */
final class Settling {
  private static final long MOST_MILLIS = 20;

  private final Supplier<? extends Future<Boolean>> look;
  private @Nullable Future<Boolean> isUnderWay;

  /** @param look whether it is still under way */
  Settling(Supplier<? extends Future<Boolean>> look) {
    this.look = look;
  }

  /** A transaction was committed. Asks, but does not wait for the answer. */
  void begin() {
    try {
      isUnderWay = look.get();
    } catch (RuntimeException e) {
      // The log is being closed.
    }
  }

  /** Returns when the next transaction can begin; or after a while, since it may begin anyway. */
  void await() {
    long giveUp = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_MILLIS);
    try {
      while (isUnderWay != null && Calls.get(isUnderWay, MOST_MILLIS) && System.nanoTime() < giveUp) {
        LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(200));
        isUnderWay = look.get();
      }
    } catch (ExecutionException | TimeoutException e) {
      // The next transaction will find it out.
    }
    isUnderWay = null;
  }
}
