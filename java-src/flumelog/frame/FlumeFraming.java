package flumelog.frame;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;

/**
 * The framing of flumelog-offset 3: {@code length data length end}.
 *
 * @param bits 32, 48 or 53: how many bits the end may have
 * @param trailerBytes 4, 6 or 8: how many bytes the end takes
 */
public record FlumeFraming(int bits, int trailerBytes) implements Framing {
  /** The last position that a JavaScript number holds exactly. */
  static final long MAX_END = (1L << 53) - 1;

  public FlumeFraming(int bits) {
    this(bits, bits == 53 ? Long.BYTES : bits / Byte.SIZE);
  }

  /** Whether a file can have trailers of that many bits. */
  public static boolean hasWidth(long bits) {
    return bits == 32 || bits == 48 || bits == 53;
  }

  @Override
  public String framingName() {
    return "flume";
  }

  @Override
  public long maxEnd() {
    return (1L << bits) - 1;
  }

  @Override
  public boolean trailerHolds(Bytes bytes, long end) {
    return bytes.uint(trailerStart(end), trailerBytes) == end;
  }

  @Override
  public boolean trailerHolds(ByteBuffer bytes, int at, long end) {
    return end == switch (bits) {
      case 32 -> uint32(bytes, at);
      case 48 -> (long) bytes.getChar(at) << Integer.SIZE | uint32(bytes, at + Character.BYTES);
      default -> bytes.getLong(at);
    };
  }

  @Override
  public void putTrailer(ByteBuffer out, long end) {
    switch (bits) {
      case 32 -> out.putInt((int) end);
      case 48 -> out.putShort((short) (end >>> Integer.SIZE)).putInt((int) end);
      default -> out.putLong(end);
    }
  }

  /** Finds one frame. A trailer that names its own position is proof enough, so no further frames are checked. */
  @Override
  public long search(Bytes bytes, long from) {
    for (long start = from; start <= bytes.end() - overhead(); start++) {
      if (at(bytes, start, bytes.end()) != null) return start;
    }
    return -1;
  }

  @Override
  public long searchEnd(Bytes bytes, long start) {
    for (long end = start + overhead() + 1; end <= bytes.end(); end++) {
      if (lastLengthHolds(bytes, start, end) && trailerHolds(bytes, end)) return end;
    }
    return -1;
  }

  @Override
  public String describe() {
    return ":flume with " + bits + "-bit offsets";
  }

  private static long uint32(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }
}
