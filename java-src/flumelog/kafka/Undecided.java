package flumelog.kafka;

import flumelog.error.UseFailures;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * What a transactional id has left undecided in the partition of a log.
 *
 * <p>A broker acknowledges a commit before the partition has heard of it. If the broker is killed in between, Kafka 4.4.0 may count the
 * transaction as complete when it is back, although the partition never hears of it. Then nobody can read its records, and the end of
 * the producer's next transaction decides them: an abort would lose records that were acknowledged. So a writer begins no transaction
 * while one is undecided. If that lasts, it ends one with an empty record, which is no record of the log, as the last one was ended.
 */
final class Undecided {
  /** A broker that is well decides sooner. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final String LOOKING = "looking for the last transaction in";

  private final Admin admin;
  private final TopicPartition partition;
  private final Calls calls;
  private final String transactionalId;

  Undecided(Admin admin, TopicPartition partition, Calls calls, String transactionalId) {
    this.admin = admin;
    this.partition = partition;
    this.calls = calls;
    this.transactionalId = transactionalId;
  }

  /**
   * Whether the last transaction was committed. To be asked before a writer takes over, which ends an open one by an abort. Where it is not
   * known any more it counts as committed, since nothing that was acknowledged may be lost.
   */
  boolean wasCommitted() {
    TransactionDescription last = describe();
    return last == null || switch (last.state()) {
      case ONGOING, PREPARE_ABORT, COMPLETE_ABORT, PREPARE_EPOCH_FENCE -> false;
      default -> true;
    };
  }

  /** Null if the brokers don't know the id. */
  private @Nullable TransactionDescription describe() {
    try {
      return Calls.get(described(), calls.timeoutMillis());
    } catch (ExecutionException e) {
      if (e.getCause() instanceof TransactionalIdNotFoundException) return null;
      throw calls.failure(LOOKING, e.getCause());
    } catch (TimeoutException e) {
      throw calls.failure(LOOKING, calls.noAnswer());
    }
  }

  private KafkaFuture<TransactionDescription> described() {
    return admin.describeTransactions(List.of(transactionalId)).description(transactionalId);
  }

  /** Looks whether the partition has not heard yet that the transaction with the record was committed. */
  Future<Boolean> isUnderWay(long record) {
    return end(IsolationLevel.READ_COMMITTED).thenApply(end -> end <= record);
  }

  /**
   * Returns when all that was sent until now is decided, and decides what this transactional id has left.
   *
   * @param committed whether that was committed
   * @param transactions of this id
   * @throws flumelog.error.LogException {@code UNAVAILABLE} if it takes longer than a call may
   */
  void await(boolean committed, Transactions transactions) {
    calls.doInTime(() -> {
      long all = calls.get(end(IsolationLevel.READ_UNCOMMITTED), LOOKING);
      long patience = System.nanoTime() + PATIENCE_NANOS;
      while (calls.get(end(IsolationLevel.READ_COMMITTED), LOOKING) < all) {
        long now = System.nanoTime();
        if (now > calls.deadline()) throw UseFailures.unavailable(calls.path(), "writing to", undecided());
        if (now > patience && isLeftHere()) {
          transactions.endEmpty(committed);
          patience = System.nanoTime() + PATIENCE_NANOS;
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    });
  }

  private TimeoutException undecided() {
    return new TimeoutException("an earlier transaction has not ended within " + calls.timeoutMillis() + " ms");
  }

  private boolean isLeftHere() {
    TransactionDescription last = describe();
    return last != null && calls.get(admin.describeProducers(List.of(partition)).partitionResult(partition), LOOKING).activeProducers().stream()
        .anyMatch(one -> one.producerId() == last.producerId() && one.currentTransactionStartOffset().isPresent());
  }

  private KafkaFuture<Long> end(IsolationLevel isolation) {
    return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation)).partitionResult(partition)
        .thenApply(info -> info.offset());
  }
}
