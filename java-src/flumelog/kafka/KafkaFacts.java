package flumelog.kafka;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The facts of {@link KafkaLog#info}. */
final class KafkaFacts {
  private KafkaFacts() {}

  static Map<String, Object> of(KafkaLog log, KafkaOptions options, Topic topic, int maxRecordBytes, long begin, @Nullable RuntimeException failure) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("path", log.path());
    facts.put("since", log.since().lastSeen());
    facts.put("durable", log.durable().lastSeen());
    facts.put("codec", options.common().codec().codecName());
    facts.put("mode", log.writable() ? "read-write" : "read");
    facts.put("max-record-bytes", (long) maxRecordBytes);
    facts.put("closed", log.isClosed());
    if (log.id() != null) facts.put("id", log.id());
    if (options.common().protection() != null) facts.put("protect", options.common().protection().protectionName());
    facts.put("servers", options.servers());
    facts.put("topic", options.topic());
    facts.put("topic-id", topic.id());
    facts.put("begin", begin);
    if (log.writable()) facts.put("writer", options.writer().name().toLowerCase(Locale.ROOT));
    facts.put("timeout-ms", (long) options.timeoutMillis());
    facts.put("replication", topic.settings().replication());
    facts.put("min-insync", topic.settings().minInsync());
    facts.put("durability", topic.settings().durability());
    if (failure != null) facts.put("failed", String.valueOf(failure.getMessage()));
    return facts;
  }
}
