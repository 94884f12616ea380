package flumelog.kafka;

import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * All records whose offsets are in a range, as they were fetched. They never change, and an offset of the range without a record never
 * gets one.
 */
final class Run {
  static final Run EMPTY = new Run(0, 0, new long[0], List.of(), 0);

  private final long from;
  private final long to;
  private final long[] offsets;
  private final List<ConsumerRecord<byte[], byte[]>> records;
  private final long bytes;

  private Run(long from, long to, long[] offsets, List<ConsumerRecord<byte[], byte[]>> records, long bytes) {
    this.from = from;
    this.to = to;
    this.offsets = offsets;
    this.records = records;
    this.bytes = bytes;
  }

  /** The records from an offset up to another one, exclusive, without empty ones. The list must not change any more. */
  static Run of(long from, long to, List<ConsumerRecord<byte[], byte[]>> fetched) {
    boolean all = fetched.stream().allMatch(one -> one.value() != null);
    List<ConsumerRecord<byte[], byte[]>> records = all ? fetched : fetched.stream().filter(one -> one.value() != null).toList();
    long[] offsets = new long[records.size()];
    long bytes = 0;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = records.get(i).offset();
      bytes += records.get(i).serializedValueSize();
    }
    return new Run(from, to, offsets, records, bytes);
  }

  long from() {
    return from;
  }

  /** The end of the range, exclusive. */
  long to() {
    return to;
  }

  int size() {
    return offsets.length;
  }

  /** The bytes of data of all records. */
  long bytes() {
    return bytes;
  }

  /** Whether the offset is in the range. */
  boolean covers(long offset) {
    return from <= offset && offset < to;
  }

  /** Whether the offset before this one is in the range. */
  boolean coversBefore(long offset) {
    return from < offset && offset <= to;
  }

  long offset(int index) {
    return offsets[index];
  }

  ConsumerRecord<byte[], byte[]> record(int index) {
    return records.get(index);
  }

  /** The index of the first record at the offset or above it; the size if there is none. */
  int indexFrom(long offset) {
    int found = Arrays.binarySearch(offsets, offset);
    return found >= 0 ? found : -found - 1;
  }

  /** The record at the offset; null if there is none. */
  ConsumerRecord<byte[], byte[]> at(long offset) {
    int found = Arrays.binarySearch(offsets, offset);
    return found >= 0 ? records.get(found) : null;
  }
}
