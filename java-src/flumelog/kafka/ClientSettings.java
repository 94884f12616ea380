package flumelog.kafka;

import flumelog.error.TopicFailures;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/** The settings of Kafka's clients: those on which the promises of the log rest, and the user's properties. */
final class ClientSettings {
  /** Properties that the log sets itself, and what a user can do instead. */
  private static final Map<String, String> OWN = Map.ofEntries(
      Map.entry("bootstrap.servers", "give :servers"),
      Map.entry("acks", "it is all: less would lose records that were acknowledged"),
      Map.entry("enable.idempotence", "it is true: else a record could be there twice"),
      Map.entry("max.in.flight.requests.per.connection", "it is 5: more could change the order of records"),
      Map.entry("retries", "the log tries again until :timeout-ms"),
      Map.entry("transactional.id", "it is made of the topic's name, so that one writer can fence another"),
      Map.entry("transaction.timeout.ms", "a transaction of the log is short"),
      Map.entry("isolation.level", "it is read_committed: else aborted records would be read"),
      Map.entry("auto.offset.reset", "it is none: else a reading could jump over lost records"),
      Map.entry("group.id", "the log reads by offset, and is in no group"),
      Map.entry("group.instance.id", "the log reads by offset, and is in no group"),
      Map.entry("group.protocol", "the log reads by offset, and is in no group"),
      Map.entry("enable.auto.commit", "the log reads by offset, and is in no group"),
      Map.entry("allow.auto.create.topics", "give :create"),
      Map.entry("check.crcs", "it is true: else damage would be read"),
      Map.entry("key.serializer", "give :codec"), Map.entry("value.serializer", "give :codec"),
      Map.entry("key.deserializer", "give :codec"), Map.entry("value.deserializer", "give :codec"),
      Map.entry("partitioner.class", "the topic has one partition"),
      Map.entry("interceptor.classes", "it could change records: give :codec"),
      Map.entry("max.request.size", "give :max-record-bytes"),
      Map.entry("buffer.memory", "it follows the largest record"),
      Map.entry("max.block.ms", "give :timeout-ms"), Map.entry("delivery.timeout.ms", "give :timeout-ms"),
      Map.entry("request.timeout.ms", "give :timeout-ms"), Map.entry("default.api.timeout.ms", "give :timeout-ms"),
      Map.entry("max.poll.records", "the log sets it for each kind of reading"),
      Map.entry("fetch.min.bytes", "the log sets it for each kind of reading"),
      Map.entry("fetch.max.wait.ms", "the log sets it for each kind of reading"),
      Map.entry("max.partition.fetch.bytes", "the log sets it for each kind of reading"));
  private static final int BATCH_BYTES = 1 << 16;
  private static final long BUFFER_BYTES = 1 << 25;
  private static final int TRANSACTION_MILLIS = 60_000;
  private static final int SCAN_BYTES = 1 << 22;
  private static final int POINT_BYTES = 1 << 13;

  /** The purpose of a consumer. */
  enum Reading {
    /**
     * The many records of a range. A consumer that has given out all its records reads ahead, beyond the range, which nobody wants. So a
     * poll takes only a part of a fetch, and the last part of a fetch is not polled.
     */
    SCAN(SCAN_BYTES, 1_000, 20),
    /** A few records with few bytes. */
    POINT(POINT_BYTES, 500, 1),
    /** The records that are appended from now on: each request waits at the broker until there is one. */
    TAIL(1 << 20, 20_000, 500);

    final int bytes;
    final int records;
    final int waitMillis;

    Reading(int bytes, int records, int waitMillis) {
      this.bytes = bytes;
      this.records = records;
      this.waitMillis = waitMillis;
    }
  }

  private final KafkaOptions options;

  ClientSettings(KafkaOptions options) {
    this.options = options;
  }

  /** Refuses properties that would weaken what the log promises, or that it sets itself. */
  static void check(Map<String, Object> properties) {
    for (Map.Entry<String, Object> property : properties.entrySet()) {
      String instead = OWN.get(property.getKey());
      if (instead != null) throw TopicFailures.ownProperty(property.getKey(), instead);
    }
  }

  private Map<String, Object> common(Set<String> known) {
    Map<String, Object> settings = new HashMap<>();
    options.properties().forEach((name, value) -> {
      if (known.contains(name) || !isOfAnyClient(name)) settings.put(name, value);
    });
    settings.put("bootstrap.servers", options.servers());
    settings.put("request.timeout.ms", part(10) * 3);
    return settings;
  }

  /** A property that no client knows is for a class that the user names, and all clients get it. */
  private static boolean isOfAnyClient(String name) {
    return AdminClientConfig.configNames().contains(name) || ConsumerConfig.configNames().contains(name)
        || ProducerConfig.configNames().contains(name);
  }

  /** A part of the timeout, in milliseconds. */
  private int part(int of) {
    return options.timeoutMillis() / of;
  }

  Map<String, Object> admin() {
    Map<String, Object> settings = common(AdminClientConfig.configNames());
    settings.put("default.api.timeout.ms", options.timeoutMillis());
    return settings;
  }

  Map<String, Object> consumer(Reading reading) {
    Map<String, Object> settings = common(ConsumerConfig.configNames());
    settings.put("default.api.timeout.ms", options.timeoutMillis());
    settings.put("isolation.level", "read_committed");
    settings.put("auto.offset.reset", "none");
    settings.put("enable.auto.commit", false);
    settings.put("allow.auto.create.topics", false);
    settings.put("fetch.min.bytes", 1);
    settings.put("fetch.max.wait.ms", Math.min(reading.waitMillis, part(10)));
    settings.put("max.partition.fetch.bytes", reading.bytes);
    settings.put("max.poll.records", reading.records);
    // The system finds a size that takes a whole fetch, while Kafka's own is 64 KiB.
    if (reading == Reading.SCAN) settings.putIfAbsent("receive.buffer.bytes", -1);
    return settings;
  }

  /**
   * A write is a send, an acknowledgement, and with a transaction a commit that may be tried again; together they take the timeout
   * at most.
   *
   * @param transactionalId null for a producer without transactions
   * @param maxMessageBytes what the topic takes: a producer that may send more could get stuck for good
   */
  Map<String, Object> producer(@Nullable String transactionalId, int maxMessageBytes) {
    Map<String, Object> settings = common(ProducerConfig.configNames());
    settings.put("acks", "all");
    settings.put("enable.idempotence", true);
    // A transaction fills whole blocks, and then flushes: it never waits for this time.
    settings.putIfAbsent("linger.ms", transactionalId == null ? 0 : 5);
    settings.putIfAbsent("batch.size", Math.min(BATCH_BYTES, maxMessageBytes));
    settings.put("buffer.memory", Math.max(BUFFER_BYTES, 2L * maxMessageBytes));
    settings.put("max.request.size", maxMessageBytes);
    settings.put("max.block.ms", part(5));
    settings.put("delivery.timeout.ms", part(5) * (transactionalId == null ? 4 : 2));
    if (transactionalId != null) {
      settings.put("transactional.id", transactionalId);
      settings.put("transaction.timeout.ms", TRANSACTION_MILLIS);
    }
    return settings;
  }
}
