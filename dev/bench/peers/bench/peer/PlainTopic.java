package bench.peer;

import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** A topic of one partition by Kafka's own client, with its default settings, as a program does it that uses nothing else. */
public final class PlainTopic implements AutoCloseable {
  private final TopicPartition partition;
  private final KafkaProducer<byte[], byte[]> producer;
  private final KafkaConsumer<byte[], byte[]> consumer;

  public PlainTopic(String servers, String topic) {
    this.partition = new TopicPartition(topic, 0);
    this.producer = new KafkaProducer<>(Map.of("bootstrap.servers", servers), new ByteArraySerializer(), new ByteArraySerializer());
    Map<String, Object> settings = new HashMap<>(Map.of("bootstrap.servers", servers, "enable.auto.commit", false));
    this.consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.assign(List.of(partition));
  }

  /** Sends the record this many times, and waits until all are acknowledged. */
  public void send(byte[] data, int times) throws InterruptedException, ExecutionException {
    Future<RecordMetadata> last = null;
    for (int i = 0; i < times; i++) last = producer.send(new ProducerRecord<>(partition.topic(), data));
    producer.flush();
    last.get();
  }

  /** Reads the topic from its start, and returns how many bytes its records have. */
  public long scan() {
    long end = end();
    long bytes = 0;
    consumer.seekToBeginning(List.of(partition));
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(10))) bytes += record.value().length;
    }
    return bytes;
  }

  /** Reads the newest records, as many as there are offsets, and returns how many there were. */
  public int newest(int wanted) {
    long end = end();
    consumer.seek(partition, Math.max(0, end - wanted));
    int found = 0;
    while (consumer.position(partition) < end) {
      for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(10))) if (record.offset() < end) found++;
    }
    return found;
  }

  /** The data of the record at the offset. */
  public byte[] get(long offset) {
    consumer.seek(partition, offset);
    while (true) {
      ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofSeconds(10));
      for (ConsumerRecord<byte[], byte[]> record : records) if (record.offset() >= offset) return record.value();
    }
  }

  private long end() {
    return consumer.endOffsets(List.of(partition)).get(partition);
  }

  @Override
  public void close() {
    producer.close(Duration.ofSeconds(5));
    consumer.close();
  }
}
