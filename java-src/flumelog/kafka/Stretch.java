package flumelog.kafka;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * All records whose offsets are in a range, as they were fetched. They never change, and an offset of the range without a record never
 * gets one.
 */
final class Stretch {
  static final Stretch EMPTY = new Stretch(0, 0, new long[0], List.of(), 0);

  private final long from;
  private final long to;
  private final long[] offsets;
  private final List<ConsumerRecord<byte[], byte[]>> records;
  private final long bytes;

  private Stretch(long from, long to, long[] offsets, List<ConsumerRecord<byte[], byte[]>> records, long bytes) {
    this.from = from;
    this.to = to;
    this.offsets = offsets;
    this.records = records;
    this.bytes = bytes;
  }

  /** Gathers the records of a range as they come, without empty ones. */
  static final class Builder {
    private final long from;
    private final List<ConsumerRecord<byte[], byte[]>> records = new ArrayList<>();
    private long[] offsets = {};
    private long bytes;

    Builder(long from) {
      this.from = from;
    }

    /** Adds what one poll has given, while it is still in the processor's cache. */
    Builder add(List<ConsumerRecord<byte[], byte[]>> polled) {
      int most = records.size() + polled.size();
      if (most > offsets.length) offsets = Arrays.copyOf(offsets, Math.max(most, 2 * offsets.length));
      for (ConsumerRecord<byte[], byte[]> one : polled) {
        if (one.value() == null) continue;
        offsets[records.size()] = one.offset();
        records.add(one);
        bytes += one.serializedValueSize();
      }
      return this;
    }

    /** @param to the end of the range, exclusive */
    Stretch build(long to) {
      return new Stretch(from, to, Arrays.copyOf(offsets, records.size()), records, bytes);
    }
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

  /** As {@link #indexFrom(long)}, and quicker where the guess is right. */
  int indexFrom(long offset, int guess) {
    boolean isRight = guess >= 0 && guess < offsets.length && offsets[guess] >= offset && (guess == 0 || offsets[guess - 1] < offset);
    return isRight ? guess : indexFrom(offset);
  }

  /** The record at the offset; null if there is none. */
  ConsumerRecord<byte[], byte[]> at(long offset) {
    int found = Arrays.binarySearch(offsets, offset);
    return found >= 0 ? records.get(found) : null;
  }
}
