package flumelog.frame;

import flumelog.block.Blocks;
import java.nio.ByteBuffer;

/**
 * The framing of flumelog-offset before version 3: {@code length data length}, without a trailer.
 *
 * <p>Its frame without data would be eight zeros, which is also what a hole in a file looks like, so there is none.
 */
public record LegacyFraming() implements Framing {
  @Override
  public String framingName() {
    return "legacy";
  }

  @Override
  public int trailerBytes() {
    return 0;
  }

  @Override
  public long maxEnd() {
    return OffsetWidth.BITS_53.maxEnd();
  }

  @Override
  public boolean trailerHolds(Blocks blocks, long end) {
    return blocks.uint(end - LENGTH_BYTES, LENGTH_BYTES) > 0;
  }

  @Override
  public void putTrailer(ByteBuffer out, long end) {}

  /**
   * Two equal lengths prove nothing; a chain of frames up to the end of the file does. There is one such chain, which
   * is followed here from its end.
   */
  @Override
  public long search(Blocks blocks, long from) {
    long found = -1;
    for (Frame frame = before(blocks, blocks.end()); frame != null && frame.start() >= from; ) {
      found = frame.start();
      frame = before(blocks, found);
    }
    return found;
  }

  @Override
  public long searchEnd(Blocks blocks, long start) {
    long found = -1;
    for (long end = blocks.end(); end > start; ) {
      if (lastLengthHolds(blocks, start, end)) found = end;
      Frame frame = before(blocks, end);
      end = frame == null ? start : frame.start();
    }
    return found;
  }

  @Override
  public String describe() {
    return ":legacy";
  }
}
