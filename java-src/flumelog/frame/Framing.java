package flumelog.frame;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;

/**
 * The format of a record in the file. A frame has its length at both ends, so the log can be walked both ways without an index.
 *
 * <pre>
 *   frame   := length data length trailer
 *   length  := uint32 BE        bytes in data
 *   trailer := uint(width) BE   position just past this frame   ({@code :flume}; {@code :legacy} has none)
 * </pre>
 *
 * A deleted record keeps its lengths and trailer and has only zeros for data.
 *
 * <p>Only {@code MappedRecords} has arithmetic on this grammar besides this file. {@code start} is the position of the first byte
 * of a frame, {@code end} that of the byte behind its last one. {@code length} is the number of bytes of data.
 */
public sealed interface Framing permits FlumeFraming, LegacyFraming {
  int LENGTH_BYTES = 4;
  int MAX_TRAILER_BYTES = 8;

  /** Returns the value of the option {@code :framing} for this framing, without its colon. */
  String framingName();

  /** Returns how many bytes the trailer has. */
  int trailerBytes();

  default boolean hasTrailer() {
    return trailerBytes() > 0;
  }

  /** Returns the last position at which a log of this framing can end. */
  long maxEnd();

  /** Whether the trailer that ends at the position names that position. Legacy, which has none: whether the last length is above 0. */
  boolean trailerHolds(Bytes bytes, long end);

  /** Checks the same for a trailer in memory, which begins at the index. The caller has checked the last length. */
  boolean trailerHolds(ByteBuffer bytes, int at, long end);

  void putTrailer(ByteBuffer out, long end);

  /** Returns a description for people, for example {@code :flume with 53-bit offsets}. */
  String describe();

  /** Returns the size of a frame without data, in bytes. */
  default int overhead() {
    return 2 * LENGTH_BYTES + trailerBytes();
  }

  /** Returns how many bytes follow the data: the last length and the trailer. */
  default int endingBytes() {
    return LENGTH_BYTES + trailerBytes();
  }

  /** Returns the size of a frame with {@code length} bytes of data. */
  default long size(long length) {
    return length + overhead();
  }

  /** Returns how many bytes of data the frame between two positions has. */
  default long length(long start, long end) {
    return end - start - overhead();
  }

  /** Returns where the data of a frame that starts at the position starts. */
  static long dataStart(long start) {
    return start + LENGTH_BYTES;
  }

  /** Returns where the data of a frame that ends at the position ends. Its last length starts there. */
  default long dataEnd(long end) {
    return end - endingBytes();
  }

  /** Returns where the trailer of a frame that ends at the position starts. */
  default long trailerStart(long end) {
    return end - trailerBytes();
  }

  /** Writes the last length and the trailer of a frame that ends at the position. */
  default void putEnding(ByteBuffer out, int length, long end) {
    putTrailer(out.putInt(length), end);
  }

  /** Reads the first length of the frame that starts at the position. The caller must know that there is one. */
  default long lengthAt(Bytes bytes, long start) {
    return bytes.uint(start, LENGTH_BYTES);
  }

  /** Reads the last length of a frame that would end at the position. There need not be one. */
  default long lastLengthAt(Bytes bytes, long end) {
    return bytes.uint(dataEnd(end), LENGTH_BYTES);
  }

  /** Returns the size of the frame that starts at the position, by its first length. The caller must know that there is one. */
  default long sizeAt(Bytes bytes, long start) {
    return size(lengthAt(bytes, start));
  }

  /** Returns the size of the frame that ends at the position, by its last length. The caller must know that there is one. */
  default long sizeBefore(Bytes bytes, long end) {
    return size(lastLengthAt(bytes, end));
  }

  /** Returns the whole frame that starts at the position and ends at or below {@code limit}; null if the bytes are not one. */
  default Frame at(Bytes bytes, long start, long limit) {
    long end = endOf(bytes, start, limit);
    return end < 0 ? null : frame(start, end);
  }

  /** Returns the whole frame that ends at the position; null if the bytes are not one. */
  default Frame before(Bytes bytes, long end) {
    long start = startOf(bytes, end, 0);
    return start < 0 ? null : frame(start, end);
  }

  /** Returns the frame between two positions. The caller must know that there is one. */
  default Frame frame(long start, long end) {
    return new Frame(start, length(start, end), end);
  }

  /** Returns the end of the whole frame that starts at the position and ends at or below {@code limit}; -1 if there is none. */
  default long endOf(Bytes bytes, long start, long limit) {
    if (start > limit - overhead()) return -1;
    long length = lengthAt(bytes, start);
    long end = start + size(length);
    if (end > limit) return -1;
    return lastLengthAt(bytes, end) == length && trailerHolds(bytes, end) ? end : -1;
  }

  /** Returns the start of the whole frame that ends at the position and starts at or above {@code limit}; -1 if there is none. */
  default long startOf(Bytes bytes, long end, long limit) {
    if (end < limit + overhead()) return -1;
    long length = lastLengthAt(bytes, end);
    long start = end - size(length);
    return start >= limit && lengthAt(bytes, start) == length && trailerHolds(bytes, end) ? start : -1;
  }

  // cpu: these three forms repeat the reading above, for one buffer. Each looks at four places of it. OffsetCursor calls
  // quickEndOf and quickStartOf; MappedRecords loads the first length itself and calls isWhole. readings-test compares all readings.

  /**
   * The quick form of {@link #endOf}, within one buffer. It knows only frames whose data begins with a byte that is not zero, so
   * not deleted ones. -1 means "use endOf", not "no frame".
   *
   * @param base position of the first of the bytes
   */
  default long quickEndOf(ByteBuffer bytes, long base, long start, long limit) {
    if (start > limit - overhead()) return -1;
    int first = (int) (start - base);
    int length = bytes.getInt(first);
    if (length <= 0 || length > limit - overhead() - start) return -1;
    long end = start + size(length);
    return isPresent(bytes, first, length, end) ? end : -1;
  }

  /** The quick form of {@link #startOf}; -1 means "use startOf". */
  default long quickStartOf(ByteBuffer bytes, long base, long end, long limit) {
    if (end < limit + overhead()) return -1;
    int last = (int) (end - base) - trailerBytes() - LENGTH_BYTES;
    int length = bytes.getInt(last);
    if (length <= 0 || length > end - overhead() - limit) return -1;
    int first = last - length - LENGTH_BYTES;
    return bytes.getInt(first) == length && isPresent(bytes, first, length, end) ? base + first : -1;
  }

  private boolean isPresent(ByteBuffer bytes, int first, int length, long end) {
    int last = first + LENGTH_BYTES + length;
    return bytes.getInt(last) == length && bytes.get(first + LENGTH_BYTES) != 0
        && trailerHolds(bytes, last + LENGTH_BYTES, end);
  }

  /**
   * Whether the last length and the trailer agree with this first length. It must not be 0.
   *
   * @param first index of the frame's first byte
   * @param length the frame's first length
   * @param end position where it ends
   */
  default boolean isWhole(ByteBuffer bytes, int first, int length, long end) {
    int last = first + LENGTH_BYTES + length;
    return bytes.getInt(last) == length && trailerHolds(bytes, last + LENGTH_BYTES, end);
  }

  /** Whether the record was deleted: all its data is zero. */
  default boolean isDeleted(Bytes bytes, Frame frame) {
    return bytes.isZero(frame.data(), frame.length());
  }

  /**
   * Returns the start of the first frame that seems to lie at or above the position, or -1. Only for the description of damage
   * and for salvage. It must never decide what is a record of a log in use, since data may contain a copy of a frame.
   */
  long search(Bytes bytes, long from);

  /** Returns the end of a frame that starts at the position, by its last length and trailer, ignoring its first length; or -1. */
  long searchEnd(Bytes bytes, long start);

  /** Whether the last length before {@code end} is the right one for a frame between the two positions. */
  default boolean lastLengthHolds(Bytes bytes, long start, long end) {
    long length = length(start, end);
    return length > 0 && lastLengthAt(bytes, end) == length;
  }
}
