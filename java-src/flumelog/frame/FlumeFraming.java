package flumelog.frame;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;

/** The framing of flumelog-offset 3: {@code length data length end}. The end has 4, 6 or 8 bytes. */
public record FlumeFraming(OffsetWidth width) implements Framing {
  @Override
  public String framingName() {
    return "flume";
  }

  @Override
  public int trailerBytes() {
    return width.bytes();
  }

  @Override
  public long maxEnd() {
    return width.maxEnd();
  }

  @Override
  public boolean trailerHolds(Bytes bytes, long end) {
    return bytes.uint(trailerStart(end), width.bytes()) == end;
  }

  @Override
  public boolean trailerHolds(ByteBuffer bytes, int at, long end) {
    return end == switch (width) {
      case BITS_32 -> uint32(bytes, at);
      case BITS_48 -> (long) bytes.getChar(at) << Integer.SIZE | uint32(bytes, at + Character.BYTES);
      case BITS_53 -> bytes.getLong(at);
    };
  }

  @Override
  public void putTrailer(ByteBuffer out, long end) {
    switch (width) {
      case BITS_32 -> out.putInt((int) end);
      case BITS_48 -> out.putShort((short) (end >>> Integer.SIZE)).putInt((int) end);
      case BITS_53 -> out.putLong(end);
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
    return ":flume with " + width.bits() + "-bit offsets";
  }

  private static long uint32(ByteBuffer bytes, int at) {
    return Integer.toUnsignedLong(bytes.getInt(at));
  }
}
