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

  @Override
  public String describe() {
    return ":legacy";
  }
}
