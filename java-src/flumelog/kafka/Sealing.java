package flumelog.kafka;

import flumelog.error.KeyFailures;
import flumelog.error.TopicFailures;
import flumelog.log.Protection;
import flumelog.protect.GivenKey;
import flumelog.protect.NumberedSealing;
import flumelog.protect.RecordCipher;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * What stands in the topic for the data of a record: the data itself; or, in an encrypted log, the sealed data with a header that has
 * the record's number, since its offset is not known when it is sealed.
 */
final class Sealing {
  private static final String HEADER = "flumelog";
  /** The name of the header, its eight bytes, and their lengths. */
  private static final int HEADER_BYTES = HEADER.length() + Long.BYTES + 4;

  private final String path;
  /** Both null if the log is not encrypted. */
  private final @Nullable GivenKey key;
  private final @Nullable NumberedSealing seals;

  private Sealing(String path, @Nullable GivenKey key, @Nullable NumberedSealing seals) {
    this.path = path;
    this.key = key;
    this.seals = seals;
  }

  static Sealing of(@Nullable Protection protection, String path, byte[] logId) {
    GivenKey key = protection == null ? null : protection.key();
    return new Sealing(path, key, key == null ? null : NumberedSealing.of(key, path, logId));
  }

  boolean isEncrypted() {
    return seals != null;
  }

  /** How many bytes longer a record is in the topic. */
  int overhead() {
    return seals == null ? 0 : RecordCipher.OVERHEAD + HEADER_BYTES;
  }

  /**
   * Looks whether the newest record is one of a log with this protection.
   *
   * @param newest null if there is none
   */
  void check(@Nullable ConsumerRecord<byte[], byte[]> newest) {
    if (newest != null && isSealed(newest) != isEncrypted()) {
      throw seals == null ? KeyFailures.missingKey(path) : TopicFailures.notEncrypted(path);
    }
    if (seals == null) return;
    if (newest != null && opened(newest) == null) throw KeyFailures.wrongKey(path);
    seals.chooseKeyNumber(key, newest == null ? null : newest.value());
  }

  /** The data of null is empty, and never sealed. */
  ProducerRecord<byte[], byte[]> toSend(String topic, byte @Nullable [] data) {
    if (seals == null || data == null) return new ProducerRecord<>(topic, 0, null, data);
    long number = seals.nextNumber();
    byte[] header = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    ProducerRecord<byte[], byte[]> sealed = new ProducerRecord<>(topic, 0, null, seals.seal(number, data));
    sealed.headers().add(HEADER, header);
    return sealed;
  }

  /** The data of a record, which is an array of the record itself if the log is not encrypted. */
  byte[] data(ConsumerRecord<byte[], byte[]> stored) {
    if (seals == null) return stored.value();
    byte[] data = opened(stored);
    if (data == null) throw TopicFailures.unproved(path, stored.offset());
    return data;
  }

  private static boolean isSealed(ConsumerRecord<byte[], byte[]> stored) {
    return stored.headers().lastHeader(HEADER) != null;
  }

  private byte @Nullable [] opened(ConsumerRecord<byte[], byte[]> stored) {
    Header header = stored.headers().lastHeader(HEADER);
    boolean isWhole = header != null && header.value().length == Long.BYTES;
    return isWhole ? seals.open(ByteBuffer.wrap(header.value()).getLong(), stored.value()) : null;
  }

  void close() {
    if (seals != null) seals.close();
  }
}
