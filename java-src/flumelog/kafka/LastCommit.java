package flumelog.kafka;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the last commit of a writer. The brokers acknowledge a commit before its end is in the partition. If the next transaction
 * begins before that, the brokers delay it by 20 ms. And after a kill of a broker its end may decide the transaction before it: see {@link
 * Undecided}. For the thread that has the turn to append.
 */
final class LastCommit {
  private static final long MOST_MILLIS = 20;
  private static final long PAUSE_NANOS = 20_000;

  private final Undecided undecided;
  private final Transactions transactions;
  private final boolean isAlone;
  private @Nullable Future<Boolean> isUnderWay;
  /** The last record of the transaction. */
  private long last;

  /** @param isAlone whether nobody else appends. The transactions of other writers are not waited for */
  LastCommit(Undecided undecided, Transactions transactions, boolean isAlone) {
    this.undecided = undecided;
    this.transactions = transactions;
    this.isAlone = isAlone;
  }

  /** Is called after a commit. Asks the brokers for its end, and does not wait for the answer. */
  void made(long record) {
    last = record;
    isUnderWay = undecided.isUnderWay(record);
  }

  /**
   * Returns when the next transaction can begin.
   *
   * @throws flumelog.error.LogException {@code UNAVAILABLE} if the last one is not decided in time
   */
  void await() {
    if (isUnderWay == null) return;
    if (!isOverSoon()) {
      if (isAlone) undecided.await(true, transactions);
      else undecided.awaitOwn(transactions);
    }
    isUnderWay = null;
  }

  private boolean isOverSoon() {
    long giveUp = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(MOST_MILLIS);
    try {
      while (Calls.get(isUnderWay, MOST_MILLIS)) {
        if (System.nanoTime() > giveUp) return false;
        LockSupport.parkNanos(PAUSE_NANOS);
        isUnderWay = undecided.isUnderWay(last);
      }
      return true;
    } catch (ExecutionException | TimeoutException e) {
      return false;
    }
  }
}
