package flumelog.kafka;

import flumelog.error.UseFailures;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.ListTransactionsOptions;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.ProducerState;
import org.apache.kafka.clients.admin.TransactionDescription;
import org.apache.kafka.clients.admin.TransactionListing;
import org.apache.kafka.clients.admin.TransactionState;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.TransactionalIdNotFoundException;
import org.jspecify.annotations.Nullable;

/**
 * Decides transactions whose end the partition of a log does not have.
 *
 * <p>A broker acknowledges a commit before it writes the end of the transaction into the partition. If the broker is killed in between,
 * Kafka 4.4.0 may count the transaction as complete when it is back, although the partition never gets that end. Then nobody can read
 * the records. The end of the producer's next transaction decides them: an abort would lose records that were acknowledged.
 *
 * <p>So a writer begins no transaction while its last one is undecided. If that lasts, it makes a transaction of an empty record, which is
 * no record of the log, and ends it as the last one was ended. Shared writers have an id each, and may be gone. The next process that opens
 * the log for writing decides what they have left.
 */
final class Undecided {
  /** A broker in good order writes the end sooner. */
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(5);
  private static final String LOOKING = "looking for the last transaction in";

  private final Admin admin;
  private final TopicPartition partition;
  private final Calls calls;
  private final String transactionalId;
  /** Makes a producer for another transactional id. */
  private final Function<String, Transactions> others;

  Undecided(Admin admin, TopicPartition partition, Calls calls, String transactionalId, Function<String, Transactions> others) {
    this.admin = admin;
    this.partition = partition;
    this.calls = calls;
    this.transactionalId = transactionalId;
    this.others = others;
  }

  /** The beginning of the transactional ids of shared writers of the topic. */
  static String shared(String topic) {
    return "flumelog-" + topic + "-";
  }

  /**
   * Whether the last transaction was committed. It must be asked before a writer takes over, since that aborts an open transaction. If the
   * brokers do not know it any more, it counts as committed, since nothing that was acknowledged may be lost.
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

  /** Whether the end of the transaction with the record is not in the partition yet. */
  Future<Boolean> isUnderWay(long record) {
    return end(IsolationLevel.READ_COMMITTED).thenApply(end -> end <= record);
  }

  /**
   * Returns when all transactions in the partition are decided. Decides those of this transactional id, and those of shared writers.
   *
   * @param committed whether the last transaction of this id was committed
   * @param transactions of this id
   * @throws flumelog.error.LogException {@code UNAVAILABLE} if it takes longer than a call may
   */
  void await(boolean committed, Transactions transactions) {
    calls.doInTime(() -> {
      long all = calls.get(end(IsolationLevel.READ_UNCOMMITTED), LOOKING);
      waitWhile(() -> calls.get(end(IsolationLevel.READ_COMMITTED), LOOKING) < all, () -> {
        if (isLeftHere()) transactions.endEmpty(committed);
        else decideOthers();
      });
    });
  }

  /** Returns when the last transaction of this id, which was committed, is decided. Other writers may have transactions under way. */
  void awaitOwn(Transactions transactions) {
    calls.doInTime(() -> waitWhile(this::isLeftHere, () -> transactions.endEmpty(true)));
  }

  private void waitWhile(BooleanSupplier isUndecided, Runnable decide) {
    long patience = System.nanoTime() + PATIENCE_NANOS;
    while (isUndecided.getAsBoolean()) {
      long now = System.nanoTime();
      if (now > calls.deadline()) throw UseFailures.unavailable(calls.path(), "writing to", undecided());
      if (now > patience) {
        decide.run();
        patience = System.nanoTime() + PATIENCE_NANOS;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private TimeoutException undecided() {
    return new TimeoutException("an earlier transaction has not ended within " + calls.timeoutMillis() + " ms");
  }

  private boolean isLeftHere() {
    TransactionDescription last = describe();
    return last != null && openHere().stream().anyMatch(one -> one.producerId() == last.producerId());
  }

  /** The producers whose last transaction has no end in the partition. */
  private List<ProducerState> openHere() {
    return calls.get(admin.describeProducers(List.of(partition)).partitionResult(partition), LOOKING).activeProducers().stream()
        .filter(one -> one.currentTransactionStartOffset().isPresent()).toList();
  }

  /**
   * Decides transactions of shared writers that the brokers count as complete. It takes over their ids: a writer that lives would have
   * decided its transaction before.
   */
  private void decideOthers() {
    List<ProducerState> open = openHere();
    if (open.isEmpty()) return;
    ListTransactionsOptions ofThese = new ListTransactionsOptions().filterProducerIds(open.stream().map(ProducerState::producerId).toList());
    for (TransactionListing last : calls.get(admin.listTransactions(ofThese).all(), LOOKING)) {
      boolean committed = last.state() == TransactionState.COMPLETE_COMMIT;
      if (!committed && last.state() != TransactionState.COMPLETE_ABORT) continue;
      if (last.transactionalId().startsWith(shared(partition.topic()))) endOther(last.transactionalId(), committed);
    }
  }

  private void endOther(String id, boolean committed) {
    Transactions other = others.apply(id);
    try {
      other.endEmpty(committed);
    } finally {
      other.close(0);
    }
  }

  /** Decides transactions of shared writers, if one stays undecided for longer than a writer that lives would leave it. */
  void decideForgotten() {
    long all = calls.get(end(IsolationLevel.READ_UNCOMMITTED), LOOKING);
    long patience = System.nanoTime() + 2 * PATIENCE_NANOS;
    while (calls.get(end(IsolationLevel.READ_COMMITTED), LOOKING) < all) {
      if (System.nanoTime() > patience) {
        decideOthers();
        return;
      }
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  private KafkaFuture<Long> end(IsolationLevel isolation) {
    return admin.listOffsets(Map.of(partition, OffsetSpec.latest()), new ListOffsetsOptions(isolation)).partitionResult(partition)
        .thenApply(info -> info.offset());
  }
}
