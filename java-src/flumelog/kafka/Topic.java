package flumelog.kafka;

import flumelog.error.LogException;
import flumelog.error.TopicFailures;
import flumelog.kafka.KafkaOptions.Creation;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.ListOffsetsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.IsolationLevel;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.config.ConfigException;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** The topic of a log: which one it is, how it is set, where it begins and ends. Its connection is that of an Admin client. */
final class Topic implements AutoCloseable {
  /** An open transaction ends within that time, unless its writer is gone. */
  private static final long TRANSACTION_MILLIS = 1000;
  private static final String ASKING = "asking the brokers about";

  private final Admin admin;
  private final Calls calls;
  private final String name;
  private final boolean writes;
  private final TopicPartition partition;
  private final Uuid id;
  private volatile TopicSettings settings;
  /** The end at which an open transaction has stood before, which is not waited for again. */
  private volatile long stuckAt = -1;

  private Topic(Admin admin, Calls calls, KafkaOptions options) {
    this.admin = admin;
    this.calls = calls;
    this.name = options.topic();
    this.writes = options.common().writable();
    this.partition = new TopicPartition(name, 0);
    TopicDescription found = findOrCreate(options.create());
    this.id = found.topicId();
    this.settings = settingsOf(found);
  }

  /** Connects, and creates the topic if it is missing and the options say so. Refuses one that can't be a log. */
  static Topic open(KafkaOptions options, ClientSettings clients, Calls calls) {
    Admin admin = makeClient(() -> Admin.create(clients.admin()));
    try {
      return new Topic(admin, calls, options);
    } catch (Throwable t) {
      admin.close(Duration.ZERO);
      throw t;
    }
  }

  /** Makes a client. Throws {@code BAD_OPTION} if it does not take the user's properties. */
  static <T> T makeClient(java.util.function.Supplier<T> client) {
    try {
      return client.get();
    } catch (ConfigException e) {
      throw TopicFailures.badProperties(e);
    } catch (KafkaException e) {
      throw TopicFailures.badProperties(e.getCause() == null ? e : e.getCause());
    }
  }

  private TopicDescription findOrCreate(Creation creation) {
    TopicDescription found = find();
    if (found != null) return found;
    if (creation == null || !writes) throw TopicFailures.missing(calls.path());
    create(creation);
    long deadline = calls.deadline();
    while ((found = find()) == null) {
      if (System.nanoTime() > deadline) throw TopicFailures.missing(calls.path());
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
    }
    return found;
  }

  private void create(Creation creation) {
    Optional<Short> replication = creation.replication() == 0 ? Optional.empty() : Optional.of((short) creation.replication());
    NewTopic topic = new NewTopic(name, Optional.of(1), replication).configs(TopicSettings.ofNewTopic(creation));
    try {
      calls.get(admin.createTopics(List.of(topic)).all(), "creating");
    } catch (LogException e) {
      // Another process may have created it meanwhile.
      if (!(e.origin() instanceof TopicExistsException)) throw e;
    }
  }

  /** Null if there is no such topic. */
  private TopicDescription find() {
    try {
      return calls.get(admin.describeTopics(List.of(name)).topicNameValues().get(name), ASKING);
    } catch (LogException e) {
      if (e.origin() instanceof UnknownTopicOrPartitionException) return null;
      throw e;
    }
  }

  private TopicSettings settingsOf(TopicDescription found) {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.TOPIC, name);
    return TopicSettings.check(calls.path(), found,
        calls.get(admin.describeConfigs(List.of(resource)).values().get(resource), ASKING), writes);
  }

  /**
   * Looks whether it is still the same topic, and still set as a log must be.
   *
   * @throws LogException {@code CORRUPT} if it was deleted or made anew; {@code WRONG_FORMAT} for other settings
   */
  void check() {
    TopicDescription found = find();
    if (found == null) throw TopicFailures.gone(calls.path(), null);
    if (!found.topicId().equals(id)) throw TopicFailures.madeAnew(calls.path(), hex(id), hex(found.topicId()));
    settings = settingsOf(found);
  }

  TopicPartition partition() {
    return partition;
  }

  TopicSettings settings() {
    return settings;
  }

  /** The 16 bytes of the id that Kafka gave to the topic. */
  byte[] idBytes() {
    return java.nio.ByteBuffer.allocate(16).putLong(id.getMostSignificantBits()).putLong(id.getLeastSignificantBits()).array();
  }

  String id() {
    return hex(id);
  }

  private static String hex(Uuid id) {
    return String.format("%016x%016x", id.getMostSignificantBits(), id.getLeastSignificantBits());
  }

  /** The first offset that the topic still has. */
  long begin() {
    return offsetOf(offset(OffsetSpec.earliest(), IsolationLevel.READ_UNCOMMITTED));
  }

  /**
   * The offset behind all records that were acknowledged before this call. Committed records can be read a moment after their
   * writer was told so. So this waits for the transactions that are open now, but not for one whose writer is gone.
   */
  long end() {
    Future<Long> everything = offset(OffsetSpec.latest(), IsolationLevel.READ_UNCOMMITTED);
    long end = committedEnd();
    long wanted = offsetOf(everything);
    long giveUp = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(TRANSACTION_MILLIS);
    while (end < wanted && end != stuckAt) {
      if (System.nanoTime() > giveUp) stuckAt = end;
      else LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
      end = committedEnd();
    }
    return end;
  }

  private long committedEnd() {
    return offsetOf(offset(OffsetSpec.latest(), IsolationLevel.READ_COMMITTED));
  }

  /** The answer to a question for an offset. The brokers do not say that the topic was deleted, so a failure is checked for that. */
  private long offsetOf(Future<Long> asked) {
    return calls.inTime(() -> {
      try {
        return calls.getBy(calls.halfTime(), asked, ASKING);
      } catch (LogException e) {
        check();
        throw e;
      }
    });
  }

  private KafkaFuture<Long> offset(OffsetSpec spec, IsolationLevel isolation) {
    return admin.listOffsets(Map.of(partition, spec), new ListOffsetsOptions(isolation)).partitionResult(partition)
        .thenApply(info -> info.offset());
  }

  /**
   * The transactions of the transactional id that may be undecided.
   *
   * @param others makes a producer for another id
   */
  Undecided undecided(String transactionalId, Function<String, Transactions> others) {
    return new Undecided(admin, partition, calls, transactionalId, others);
  }

  /**
   * Removes the records below an offset. Before that it leaves a mark, the committed offset of a group, by which other processes
   * know that the start was moved on purpose.
   *
   * @return the first offset that the topic still has
   */
  long forgetBefore(long offset) {
    OffsetAndMetadata mark = new OffsetAndMetadata(offset, hex(id));
    calls.get(admin.alterConsumerGroupOffsets(markGroup(), Map.of(partition, mark)).all(), "forgetting records of");
    return calls.get(admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(offset))).lowWatermarks().get(partition),
        "forgetting records of").lowWatermark();
  }

  /** The offset before which records were forgotten on purpose; -1 if none were, as far as the brokers still know. */
  long forgotten() {
    OffsetAndMetadata mark = calls.get(admin.listConsumerGroupOffsets(markGroup()).partitionsToOffsetAndMetadata(), ASKING).get(partition);
    return mark != null && mark.metadata().equals(hex(id)) ? mark.offset() : -1;
  }

  private String markGroup() {
    return "flumelog-" + name;
  }

  void close(long millis) {
    admin.close(Duration.ofMillis(millis));
  }

  @Override
  public void close() {
    close(0);
  }
}
