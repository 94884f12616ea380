package flumelog.kafka;

import flumelog.codec.Codec;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.log.CommonOptions;
import flumelog.log.LogOptions;
import flumelog.log.Protection;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The options with which a log over Kafka is opened. They never change: each method returns new ones. A wrong value is a {@link
 * LogException} of kind {@code BAD_OPTION}.
 *
 * <pre>{@code
 *   KafkaOptions.of("localhost:9092", "messages").withCreate(3, 2)
 *   KafkaOptions.of(Map.of("servers", "localhost:9092", "topic", "messages", "mode", "read"))
 * }</pre>
 */
public final class KafkaOptions {
  /** Who may write. */
  public enum Writer {
    /** One writer. The newcomer takes over, and the next write of the old one throws {@code LOCKED}. */
    EXCLUSIVE,
    /**
     * Several writers, in any number of processes. A batch is still appended as a whole, but records of others may come between
     * its records.
     */
    SHARED
  }

  private static final List<String> OWN =
      List.of(":servers", ":topic", ":create", ":writer", ":timeout-ms", ":properties");
  private static final Set<String> COMMON = Set.of(":codec", ":mode", ":max-record-bytes", ":protect", ":create");
  private static final Pattern TOPIC = Pattern.compile("[a-zA-Z0-9._-]{1,249}");
  private static final int LEAST_TIMEOUT = 1000;
  private static final int MOST_TIMEOUT = 600_000;
  private static final int TIMEOUT = 30_000;
  private static final String CREATE = "{:replication n :min-insync n :flush true}, with what of it the brokers' default shall not be";

  /** How a missing topic is made; 0 leaves it to the brokers. */
  record Creation(int replication, int minInsync, boolean flush) {}

  private final Map<String, Object> given;
  private final CommonOptions common;
  private final String servers;
  private final String topic;
  private final @Nullable Creation create;
  private final Writer writer;
  private final int timeoutMillis;
  private final Map<String, Object> properties;

  private KafkaOptions(Map<String, Object> given) {
    this.given = given;
    for (String key : given.keySet()) {
      if (LogOptions.keys().contains(key) && !COMMON.contains(key)) {
        throw OptionFailures.uselessOption(key, "a log over Kafka", "it is for a log in a file; leave it out");
      }
    }
    this.common = CommonOptions.of(given, OWN, 0);
    this.servers = servers(given.get(":servers"));
    this.topic = topic(given.get(":topic"));
    this.create = create(given.get(":create"));
    this.writer = writer(given.get(":writer"));
    this.timeoutMillis = number(":timeout-ms", given.get(":timeout-ms"), LEAST_TIMEOUT, MOST_TIMEOUT, TIMEOUT);
    this.properties = properties(given.get(":properties"));
    Protection protection = common.protection();
    if (protection == Protection.CHECKED || protection != null && protection.isSealed()) {
      throw OptionFailures.badOption(":protect", protection.toString(),
          ":none or {:key k} in a log over Kafka, whose brokers have checksums, and whose records stand in no tree");
    }
  }

  /**
   * The default options: for writing, as the only writer, with a timeout of 30 seconds; a missing topic is not created.
   *
   * @param servers of Kafka, as {@code "host:port,host:port"}: one or more of them
   * @param topic its name
   * @return these options
   */
  public static KafkaOptions of(String servers, String topic) {
    Map<String, Object> given = new LinkedHashMap<>();
    given.put(":servers", servers);
    given.put(":topic", topic);
    return new KafkaOptions(given);
  }

  /**
   * Reads a map of options, as Clojure's {@code flumelog.kafka/open} takes it, with keys as {@link LogOptions#of(Map)} has them.
   *
   * @param map with {@code :servers} and {@code :topic}, and perhaps {@code :codec :mode :create :writer :timeout-ms :properties
   *     :max-record-bytes :protect}
   * @return the options
   */
  public static KafkaOptions of(Map<?, ?> map) {
    Map<String, Object> given = new LinkedHashMap<>();
    map.forEach((key, value) -> {
      if (value != null) given.put(keyOf(key), value);
    });
    return new KafkaOptions(given);
  }

  private static String keyOf(Object key) {
    String text = String.valueOf(key);
    return text.startsWith(":") ? text : ":" + text;
  }

  private KafkaOptions with(String key, @Nullable Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(given);
    if (value == null) changed.remove(key);
    else changed.put(key, value);
    return new KafkaOptions(changed);
  }

  /**
   * Names the codec, for {@link KafkaLog#info}; the log takes and gives bytes.
   *
   * @param codec between values and data
   * @return these options with that codec
   */
  public KafkaOptions withCodec(Codec<?> codec) {
    return with(":codec", codec);
  }

  /** {@return these options for reading: the log follows what others append} */
  public KafkaOptions readOnly() {
    return with(":mode", ":read");
  }

  /**
   * Lets opening create the topic if it is missing, with the settings that a log needs.
   *
   * @param replication how many brokers keep each record
   * @param minInsync how many of them must have it before it counts as appended
   * @return these options
   */
  public KafkaOptions withCreate(int replication, int minInsync) {
    return with(":create", Map.of(":replication", replication, ":min-insync", minInsync));
  }

  /**
   * Sets who may write.
   *
   * @param who one writer, or several
   * @return these options
   */
  public KafkaOptions withWriter(Writer who) {
    return with(":writer", who);
  }

  /**
   * Sets how long a call may take at most. A write may first wait as long for the writes before it.
   *
   * @param millis from 1000 to 600,000
   * @return these options
   */
  public KafkaOptions withTimeoutMillis(int millis) {
    return with(":timeout-ms", millis);
  }

  /**
   * Sets properties of Kafka's clients, for example for TLS and SASL.
   *
   * @param more by their names in Kafka; those that would weaken what the log promises are refused
   * @return these options
   */
  public KafkaOptions withProperties(Map<String, ?> more) {
    return with(":properties", more);
  }

  /**
   * Encrypts the records.
   *
   * @param protection {@link Protection#encrypted(byte[])} or null
   * @return these options
   */
  public KafkaOptions withProtection(@Nullable Protection protection) {
    return with(":protect", protection);
  }

  CommonOptions common() {
    return common;
  }

  String servers() {
    return servers;
  }

  String topic() {
    return topic;
  }

  @Nullable Creation create() {
    return create;
  }

  boolean isShared() {
    return writer == Writer.SHARED;
  }

  Writer writer() {
    return writer;
  }

  int timeoutMillis() {
    return timeoutMillis;
  }

  Map<String, Object> properties() {
    return properties;
  }

  /** The name of the log in messages. */
  String path() {
    return "kafka://" + servers + "/" + topic;
  }

  private static String servers(@Nullable Object value) {
    String text = value instanceof Collection<?> many ? String.join(",", many.stream().map(String::valueOf).toList()) : String.valueOf(value);
    if (value == null || text.isBlank()) throw OptionFailures.badOption(":servers", value, "a text, as \"host:port,host:port\"");
    return text.replace(" ", "");
  }

  private static String topic(@Nullable Object value) {
    String text = String.valueOf(value);
    if (value == null || !TOPIC.matcher(text).matches() || text.equals(".") || text.equals("..")) {
      throw OptionFailures.badOption(":topic", value, "the name of a topic: letters, digits, '.', '_' and '-', 249 at most");
    }
    return text;
  }

  private static Writer writer(@Nullable Object value) {
    if (value == null) return Writer.EXCLUSIVE;
    for (Writer one : Writer.values()) {
      if (value == one || keyOf(value).equalsIgnoreCase(":" + one.name())) return one;
    }
    throw OptionFailures.badOption(":writer", value, ":exclusive or :shared");
  }

  private static @Nullable Creation create(@Nullable Object value) {
    if (value == null || Boolean.FALSE.equals(value)) return null;
    if (Boolean.TRUE.equals(value)) return new Creation(0, 0, false);
    if (!(value instanceof Map<?, ?> map)) throw OptionFailures.badOption(":create", value, CREATE);
    Map<String, Object> named = new HashMap<>();
    map.forEach((k, v) -> named.put(keyOf(k), v));
    Object flush = named.remove(":flush");
    int replication = number(":replication", named.remove(":replication"), 1, Short.MAX_VALUE, 0);
    int minInsync = number(":min-insync", named.remove(":min-insync"), 1, Short.MAX_VALUE, 0);
    boolean isWrong = flush != null && !(flush instanceof Boolean) || replication > 0 && minInsync > replication;
    if (isWrong || !named.isEmpty()) throw OptionFailures.badOption(":create", value, CREATE);
    return new Creation(replication, minInsync, Boolean.TRUE.equals(flush));
  }

  private static int number(String key, @Nullable Object value, int min, int max, int otherwise) {
    if (value == null) return otherwise;
    boolean isWhole = value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    if (isWhole && ((Number) value).longValue() >= min && ((Number) value).longValue() <= max) return ((Number) value).intValue();
    throw OptionFailures.badOption(key, value, "a whole number from " + min + " to " + max);
  }

  private static Map<String, Object> properties(@Nullable Object value) {
    if (value == null) return Map.of();
    if (!(value instanceof Map<?, ?> map)) throw OptionFailures.badOption(":properties", value, "a map of properties of Kafka's clients");
    Map<String, Object> named = new TreeMap<>();
    // Clojure's whole numbers are longs, which Kafka refuses for a smaller number. It reads each number from text.
    map.forEach((k, v) -> named.put(keyOf(k).substring(1), v instanceof Number ? v.toString() : v));
    ClientSettings.check(named);
    return named;
  }

  /** {@return the place and what the options say, without the properties, which may have passwords} */
  @Override
  public String toString() {
    return "KafkaOptions[" + path() + ", " + (common.writable() ? writer : "read") + ", timeout-ms " + timeoutMillis + "]";
  }
}
