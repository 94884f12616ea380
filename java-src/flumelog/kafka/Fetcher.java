package flumelog.kafka;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.CloseOptions;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** A consumer of Kafka's that reads from any offset on. One thread at a time may use it; any thread may wake it up. */
final class Fetcher {
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private final KafkaConsumer<byte[], byte[]> consumer;
  private final TopicPartition partition;
  private final ClientSettings.Reading reading;
  private long position = -1;

  Fetcher(ClientSettings clients, ClientSettings.Reading reading, TopicPartition partition) {
    this.reading = reading;
    this.partition = partition;
    this.consumer = Topic.makeClient(
        () -> new KafkaConsumer<>(clients.consumer(reading), new ByteArrayDeserializer(), new ByteArrayDeserializer()));
    consumer.assign(List.of(partition));
  }

  ClientSettings.Reading reading() {
    return reading;
  }

  /** The offset at which a reading goes on without a jump. */
  long position() {
    return position;
  }

  /**
   * Reads all records from an offset up to another one, or until the time is over. The range also has the records that come with the last
   * of them.
   *
   * @param upTo the last offset that is wanted
   * @param deadline as {@link System#nanoTime} has it
   * @return a stretch, whose range is empty if nothing came in time
   */
  Stretch read(long from, long upTo, long deadline) {
    if (position != from) consumer.seek(partition, from);
    position = from;
    Stretch.Builder stretch = new Stretch.Builder(from);
    for (long left = 1; position <= upTo && left > 0; left = deadline - System.nanoTime()) {
      stretch.add(poll(Math.max(0, Math.min(POLL_NANOS, deadline - System.nanoTime()))));
    }
    return stretch.build(position);
  }

  /** Reads on from where the last reading ended, and waits at most that long for a record. */
  Stretch readOn(long millis) {
    long from = position;
    Stretch.Builder stretch = new Stretch.Builder(from).add(poll(TimeUnit.MILLISECONDS.toNanos(millis)));
    return stretch.build(position);
  }

  void seek(long offset) {
    consumer.seek(partition, offset);
    position = offset;
  }

  private List<ConsumerRecord<byte[], byte[]>> poll(long nanos) {
    ConsumerRecords<byte[], byte[]> polled = Calls.uninterrupted(() -> consumer.poll(Duration.ofNanos(nanos)));
    // The client knows the position since the seek, so this makes no request.
    position = Calls.uninterrupted(() -> consumer.position(partition));
    return polled.records(partition);
  }

  /** Ends a reading of another thread with a WakeupException. */
  void wakeUp() {
    consumer.wakeup();
  }

  void close(long millis) {
    Calls.uninterrupted(() -> {
      consumer.close(CloseOptions.timeout(Duration.ofMillis(millis)));
      return null;
    });
  }
}
