package flumelog.kafka;

import flumelog.error.TopicFailures;
import flumelog.kafka.KafkaOptions.Creation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Config;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.TopicDescription;

/**
 * The settings of a topic: what they must be in a topic that is a log, and how safe they make a record.
 *
 * @param replication how many brokers keep each record
 * @param minInsync how many of them must have it before it is acknowledged
 * @param maxMessageBytes the largest batch that the topic takes
 * @param flushes whether each record is on the disk before it is acknowledged
 */
record TopicSettings(int replication, int minInsync, int maxMessageBytes, boolean flushes) {
  /** A record with its batch around it is longer than its data: 88 bytes were counted. */
  static final int OVERHEAD = 100;

  private static final String STAMPS = "message.timestamp.type";
  /** The settings that every log needs. */
  private static final Map<String, String> NEEDED = needed();

  private static Map<String, String> needed() {
    Map<String, String> needed = new LinkedHashMap<>();
    needed.put("retention.ms", "-1");
    needed.put("retention.bytes", "-1");
    needed.put("cleanup.policy", "delete");
    needed.put(STAMPS, "LogAppendTime");
    needed.put("unclean.leader.election.enable", "false");
    return needed;
  }

  /** The settings of a new topic. */
  static Map<String, String> ofNewTopic(Creation creation) {
    Map<String, String> settings = new HashMap<>(NEEDED);
    if (creation.minInsync() > 0) settings.put("min.insync.replicas", String.valueOf(creation.minInsync()));
    if (creation.flush()) settings.put("flush.messages", "1");
    return settings;
  }

  /**
   * Reads the settings, and refuses a topic that can't be a log.
   *
   * @param writes whether the log is opened for writing
   * @throws flumelog.error.LogException {@code WRONG_FORMAT} with a sentence that names each setting, its value, and what it must be
   */
  static TopicSettings check(String path, TopicDescription topic, Config config, boolean writes) {
    List<String> wrong = new ArrayList<>();
    int partitions = topic.partitions().size();
    if (partitions != 1) wrong.add("it has " + partitions + " partitions and must have 1");
    NEEDED.forEach((name, must) -> {
      if (writes || !name.equals(STAMPS)) mustBe(config, name, must, wrong);
    });
    mustBe(config, "remote.storage.enable", "false", wrong);
    if (!wrong.isEmpty()) throw TopicFailures.wrongSettings(path, wrong);
    return new TopicSettings(topic.partitions().get(0).replicas().size(), (int) number(config, "min.insync.replicas", 1),
        (int) number(config, "max.message.bytes", 1_048_588), number(config, "flush.messages", Long.MAX_VALUE) == 1);
  }

  /** A setting that the brokers don't know is none that could lose records. */
  private static void mustBe(Config config, String name, String must, List<String> wrong) {
    String value = value(config, name);
    if (value != null && !value.equals(must)) wrong.add(name + " is " + value + " and must be " + must);
  }

  private static String value(Config config, String name) {
    ConfigEntry entry = config.get(name);
    return entry == null ? null : entry.value();
  }

  private static long number(Config config, String name, long otherwise) {
    String value = value(config, name);
    return value == null ? otherwise : Long.parseLong(value);
  }

  /**
   * What an acknowledged record survives: {@code replicated}, the loss of a broker; {@code one-broker}, a loss of power;
   * {@code memory-of-one-broker}, the end of a process, but perhaps not a loss of power.
   */
  String durability() {
    if (Math.min(replication, minInsync) >= 2) return "replicated";
    return flushes ? "one-broker" : "memory-of-one-broker";
  }

  /** The largest number of bytes of a record that the topic takes. */
  int maxRecordBytes() {
    return Math.max(1, maxMessageBytes - OVERHEAD);
  }
}
