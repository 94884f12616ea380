package flumelog.frame;

import flumelog.block.Blocks;
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
 */
public sealed interface Framing permits FlumeFraming, LegacyFraming {
  int LENGTH_BYTES = 4;
  int MAX_TRAILER_BYTES = 8;

  /** The value of the option {@code :framing}, without its colon. */
  String framingName();

  /** Bytes of the trailer. */
  int trailerBytes();

  /** The last position at which a log of this framing can end. */
  long maxEnd();

  /** Whether the trailer that ends at the position names it, or where there is none the last length can be one. */
  boolean trailerHolds(Blocks blocks, long end);

  void putTrailer(ByteBuffer out, long end);

  /** What a person would call it: {@code :flume with 53-bit offsets}. */
  String describe();

  /** Bytes of a frame with so many bytes of data. */
  default long size(long length) {
    return LENGTH_BYTES + length + LENGTH_BYTES + trailerBytes();
  }

  /** Bytes of the smallest frame, that of a record without data. */
  default int overhead() {
    return (int) size(0);
  }

  /** The length of the data of the frame that starts there; the caller knows that one does. */
  default long lengthAt(Blocks blocks, long start) {
    return blocks.uint(start, LENGTH_BYTES);
  }

  /** The whole frame that starts at the position and ends by {@code limit}, or null when the bytes are not one. */
  default Frame at(Blocks blocks, long start, long limit) {
    if (start > limit - overhead()) return null;
    long length = lengthAt(blocks, start);
    long end = start + size(length);
    if (end > limit) return null;
    long tail = blocks.uint(end - trailerBytes() - LENGTH_BYTES, LENGTH_BYTES);
    return tail == length && trailerHolds(blocks, end) ? new Frame(start, length, end) : null;
  }

  /** The whole frame that ends at the position, or null when the bytes are not one. */
  default Frame before(Blocks blocks, long end) {
    if (end < overhead()) return null;
    long length = blocks.uint(end - trailerBytes() - LENGTH_BYTES, LENGTH_BYTES);
    long start = end - size(length);
    if (start < 0 || lengthAt(blocks, start) != length) return null;
    return at(blocks, start, end);
  }

  /** Whether the record was deleted: all its data is zero. */
  default boolean isDeleted(Blocks blocks, Frame frame) {
    return blocks.isZero(frame.data(), frame.length());
  }

  /**
   * The start of the first thing at or above the position that is taken for a whole frame, or -1. For telling damage,
   * and for salvage; never to decide what is a record of a log in use.
   */
  long search(Blocks blocks, long from);

  /** Where a frame that starts at the position ends, by its last length and its trailer and not by its first length, or -1. */
  long searchEnd(Blocks blocks, long start);

  /** Whether the last length of what lies between the positions is that of one frame. */
  default boolean lastLengthHolds(Blocks blocks, long start, long end) {
    long length = end - start - overhead();
    return length > 0 && blocks.uint(end - trailerBytes() - LENGTH_BYTES, LENGTH_BYTES) == length;
  }
}
