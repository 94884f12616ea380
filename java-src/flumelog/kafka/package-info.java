/**
 * The log in a topic of Apache Kafka. It needs the library {@code org.apache.kafka:kafka-clients}; the rest of flumelog does not.
 *
 * <p>It is for: {@link flumelog.kafka.KafkaLog}, and its options, {@link flumelog.kafka.KafkaOptions}.
 *
 * <p>It may use: {@code error}, {@code codec}, {@code protect}, {@code engine}, {@code log} and {@code spi}.
 *
 * <p>Begin with {@link flumelog.kafka.KafkaLog}. What such a log promises stands in {@code doc/kafka.md} and in ADR 46.
 */
@NullMarked
package flumelog.kafka;

import org.jspecify.annotations.NullMarked;
