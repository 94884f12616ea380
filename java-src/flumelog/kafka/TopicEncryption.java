package flumelog.kafka;

import flumelog.error.KeyFailures;
import flumelog.error.TopicFailures;
import flumelog.log.Protection;
import flumelog.protect.GivenKey;
import flumelog.protect.NumberedCipher;
import flumelog.protect.RecordCipher;
import java.nio.ByteBuffer;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;

/**
 * Makes messages of records, and records of messages. In a log that is not encrypted a message has the data itself. In an encrypted log
 * it has the encrypted data, and a header with the record's number: the offset is not known yet when the record is encrypted.
 */
final class TopicEncryption {
  private static final String HEADER = "flumelog";
  /** The name of the header, its eight bytes, and their lengths. */
  private static final int HEADER_BYTES = HEADER.length() + Long.BYTES + 4;

  private final String path;
  /** Both null if the log is not encrypted. */
  private final @Nullable GivenKey key;
  private final @Nullable NumberedCipher cipher;

  private TopicEncryption(String path, @Nullable GivenKey key, @Nullable NumberedCipher cipher) {
    this.path = path;
    this.key = key;
    this.cipher = cipher;
  }

  static TopicEncryption of(@Nullable Protection protection, String path, byte[] logId) {
    GivenKey key = protection == null ? null : protection.key();
    return new TopicEncryption(path, key, key == null ? null : NumberedCipher.of(key, path, logId));
  }

  boolean isEncrypted() {
    return cipher != null;
  }

  /** How many bytes longer a record is in the topic. */
  int overhead() {
    return cipher == null ? 0 : RecordCipher.OVERHEAD + HEADER_BYTES;
  }

  /**
   * Checks that the newest record was written with this protection.
   *
   * @param newest null if there is none
   */
  void check(@Nullable ConsumerRecord<byte[], byte[]> newest) {
    if (newest != null && isEncryptedMessage(newest) != isEncrypted()) {
      throw cipher == null ? KeyFailures.missingKey(path) : TopicFailures.notEncrypted(path);
    }
    if (cipher == null) return;
    if (newest != null && decrypted(newest) == null) throw KeyFailures.wrongKey(path);
    cipher.chooseKeyNumber(key, newest == null ? null : newest.value());
  }

  /** Null stands for no data, and is never encrypted. */
  ProducerRecord<byte[], byte[]> toSend(String topic, byte @Nullable [] data) {
    if (cipher == null || data == null) return new ProducerRecord<>(topic, 0, null, data);
    long number = cipher.nextNumber();
    byte[] header = ByteBuffer.allocate(Long.BYTES).putLong(number).array();
    ProducerRecord<byte[], byte[]> message = new ProducerRecord<>(topic, 0, null, cipher.encrypt(number, data));
    message.headers().add(HEADER, header);
    return message;
  }

  /** The data of a record, which is an array of the record itself if the log is not encrypted. */
  byte[] data(ConsumerRecord<byte[], byte[]> stored) {
    if (cipher == null) return stored.value();
    byte[] data = decrypted(stored);
    if (data == null) throw TopicFailures.unproved(path, stored.offset());
    return data;
  }

  private static boolean isEncryptedMessage(ConsumerRecord<byte[], byte[]> stored) {
    return stored.headers().lastHeader(HEADER) != null;
  }

  private byte @Nullable [] decrypted(ConsumerRecord<byte[], byte[]> stored) {
    Header header = stored.headers().lastHeader(HEADER);
    boolean isWhole = header != null && header.value().length == Long.BYTES;
    return isWhole ? cipher.decrypt(ByteBuffer.wrap(header.value()).getLong(), stored.value()) : null;
  }

  void close() {
    if (cipher != null) cipher.close();
  }
}
