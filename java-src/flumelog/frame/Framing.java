package flumelog.frame;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;

/**
 * How a record lies in the file. Double-ended, so that the log can be walked both ways without an index.
 *
 * <pre>
 *   frame   := length data length trailer
 *   length  := uint32 BE        bytes in data
 *   trailer := uint(width) BE   position just past this frame   ({@code :flume}; {@code :legacy} has none)
 * </pre>
 *
 * A deleted record keeps its lengths and trailer and has only zeros for data.
 *
 * <p>No other file has arithmetic on this grammar. {@code start} and {@code end} are positions in the log: of the first byte of
 * a frame, and of the byte behind its last one. {@code length} is the number of bytes of data.
 */
public sealed interface Framing permits FlumeFraming, LegacyFraming {
  int LENGTH_BYTES = 4;
  int MAX_TRAILER_BYTES = 8;

  /** The value of the option {@code :framing}, without its colon. */
  String framingName();

  /** Bytes of the trailer. */
  int trailerBytes();

  default boolean hasTrailer() {
    return trailerBytes() > 0;
  }

  /** The last position at which a log of this framing can end. */
  long maxEnd();

  /** Whether the trailer that ends at the position names it, or where there is none the last length can be one. */
  boolean trailerHolds(Bytes bytes, long end);

  /** The same for a trailer that begins at an index of bytes in memory; the last length before it is one. */
  boolean trailerHolds(ByteBuffer bytes, int at, long end);

  void putTrailer(ByteBuffer out, long end);

  /** What a person would call it: {@code :flume with 53-bit offsets}. */
  String describe();

  /** Bytes of the smallest frame, that of a record without data. */
  default int overhead() {
    return 2 * LENGTH_BYTES + trailerBytes();
  }

  /** Bytes of what follows the data: the last length and the trailer. */
  default int endingBytes() {
    return LENGTH_BYTES + trailerBytes();
  }

  /** Bytes of a frame with {@code length} bytes of data. */
  default long size(long length) {
    return length + overhead();
  }

  /** Bytes of data of the frame between two positions. */
  default long length(long start, long end) {
    return end - start - overhead();
  }

  /** Where the data starts of a frame that starts at the position. */
  static long dataStart(long start) {
    return start + LENGTH_BYTES;
  }

  /** Where the data ends of a frame that ends at the position: there its last length starts. */
  default long dataEnd(long end) {
    return end - endingBytes();
  }

  /** Where the trailer starts of a frame that ends at the position. */
  default long trailerStart(long end) {
    return end - trailerBytes();
  }

  /** Writes what follows the data of a frame that ends at the position. */
  default void putEnding(ByteBuffer out, int length, long end) {
    putTrailer(out.putInt(length), end);
  }

  /** The first length of the frame that starts at the position; the caller knows that one does. */
  default long lengthAt(Bytes bytes, long start) {
    return bytes.uint(start, LENGTH_BYTES);
  }

  /** The last length of a frame that ends at the position, whether there is one or not. */
  default long lastLengthAt(Bytes bytes, long end) {
    return bytes.uint(dataEnd(end), LENGTH_BYTES);
  }

  /** Bytes of the frame that starts at the position, as its first length says; the caller knows that one does. */
  default long sizeAt(Bytes bytes, long start) {
    return size(lengthAt(bytes, start));
  }

  /** Bytes of the frame that ends at the position, as its last length says; the caller knows that one does. */
  default long sizeBefore(Bytes bytes, long end) {
    return size(lastLengthAt(bytes, end));
  }

  /** The whole frame that starts at the position and ends by {@code limit}, or null when the bytes are not one. */
  default Frame at(Bytes bytes, long start, long limit) {
    long end = endOf(bytes, start, limit);
    return end < 0 ? null : frame(start, end);
  }

  /** The whole frame that ends at the position, or null when the bytes are not one. */
  default Frame before(Bytes bytes, long end) {
    long start = startOf(bytes, end, 0);
    return start < 0 ? null : frame(start, end);
  }

  /** The frame between two positions, where the caller knows that there is one. */
  default Frame frame(long start, long end) {
    return new Frame(start, length(start, end), end);
  }

  /** Where the whole frame ends that starts at the position and ends by {@code limit}; -1 when the bytes are not one. */
  default long endOf(Bytes bytes, long start, long limit) {
    if (start > limit - overhead()) return -1;
    long length = lengthAt(bytes, start);
    long end = start + size(length);
    if (end > limit) return -1;
    return lastLengthAt(bytes, end) == length && trailerHolds(bytes, end) ? end : -1;
  }

  /** Where the whole frame starts that ends at the position and starts by {@code limit}; -1 when the bytes are not one. */
  default long startOf(Bytes bytes, long end, long limit) {
    if (end < limit + overhead()) return -1;
    long length = lastLengthAt(bytes, end);
    long start = end - size(length);
    return start >= limit && lengthAt(bytes, start) == length && trailerHolds(bytes, end) ? start : -1;
  }

  // cpu: the quick step of a cursor, which looks at four places of one buffer and nothing else.
  /**
   * The quick form of {@link #endOf}, within one buffer. It knows only frames whose data begins with a byte that is not zero, so
   * not deleted ones. -1 means "use endOf", not "no frame".
   *
   * @param base position of the first of the bytes
   */
  default long endOfLive(ByteBuffer bytes, long base, long start, long limit) {
    if (start > limit - overhead()) return -1;
    int first = (int) (start - base);
    int length = bytes.getInt(first);
    if (length <= 0 || length > limit - overhead() - start) return -1;
    long end = start + size(length);
    return isLive(bytes, first, length, end) ? end : -1;
  }

  /** The quick form of {@link #startOf}; -1 means "use startOf". */
  default long startOfLive(ByteBuffer bytes, long base, long end, long limit) {
    if (end < limit + overhead()) return -1;
    int last = (int) (end - base) - trailerBytes() - LENGTH_BYTES;
    int length = bytes.getInt(last);
    if (length <= 0 || length > end - overhead() - limit) return -1;
    int first = last - length - LENGTH_BYTES;
    return bytes.getInt(first) == length && isLive(bytes, first, length, end) ? base + first : -1;
  }

  private boolean isLive(ByteBuffer bytes, int first, int length, long end) {
    int last = first + LENGTH_BYTES + length;
    return bytes.getInt(last) == length && bytes.get(first + LENGTH_BYTES) != 0
        && trailerHolds(bytes, last + LENGTH_BYTES, end);
  }

  /** Whether the record was deleted: all its data is zero. */
  default boolean isDeleted(Bytes bytes, Frame frame) {
    return bytes.isZero(frame.data(), frame.length());
  }

  /**
   * The start of the first thing at or above the position that is taken for a whole frame, or -1. For telling damage,
   * and for salvage; never to decide what is a record of a log in use.
   */
  long search(Bytes bytes, long from);

  /** Where a frame that starts at the position ends, by its last length and its trailer and not by its first length, or -1. */
  long searchEnd(Bytes bytes, long start);

  /** Whether the last length of what lies between the positions is that of one frame. */
  default boolean lastLengthHolds(Bytes bytes, long start, long end) {
    long length = length(start, end);
    return length > 0 && lastLengthAt(bytes, end) == length;
  }
}
