package flumelog.frame;

import flumelog.block.Blocks;
import java.nio.ByteBuffer;

/** The framing of flumelog-offset 3: {@code length data length end}, with the end in 4, 6 or 8 bytes. */
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
  public boolean trailerHolds(Blocks blocks, long end) {
    return blocks.uint(end - width.bytes(), width.bytes()) == end;
  }

  @Override
  public void putTrailer(ByteBuffer out, long end) {
    for (int shift = 8 * (width.bytes() - 1); shift >= 0; shift -= 8) out.put((byte) (end >>> shift));
  }

  /** A trailer that names its place is proof enough. */
  @Override
  public long search(Blocks blocks, long from) {
    for (long start = from; start <= blocks.end() - overhead(); start++) {
      if (at(blocks, start, blocks.end()) != null) return start;
    }
    return -1;
  }

  @Override
  public long searchEnd(Blocks blocks, long start) {
    for (long end = start + overhead() + 1; end <= blocks.end(); end++) {
      if (lastLengthHolds(blocks, start, end) && trailerHolds(blocks, end)) return end;
    }
    return -1;
  }

  @Override
  public String describe() {
    return ":flume with " + width.bits() + "-bit offsets";
  }
}
