package flumelog.frame;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;

/**
 * The framing of flumelog-offset before version 3: {@code length data length}, without a trailer.
 *
 * <p>It allows no frame without data: that would be eight zeros, and so is a hole in a file.
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
    return FlumeFraming.MAX_END;
  }

  @Override
  public boolean trailerHolds(Bytes bytes, long end) {
    return lastLengthAt(bytes, end) > 0;
  }

  @Override
  public boolean trailerHolds(ByteBuffer bytes, int at, long end) {
    return true;
  }

  @Override
  public void putTrailer(ByteBuffer out, long end) {}

  /**
   * Finds a frame. Two equal lengths don't prove one, but a chain of frames up to the end of the file does. There is only one
   * such chain. This follows it downwards from the end of the file.
   */
  @Override
  public long search(Bytes bytes, long from) {
    long found = -1;
    for (Frame frame = before(bytes, bytes.end()); frame != null && frame.start() >= from; ) {
      found = frame.start();
      frame = before(bytes, found);
    }
    return found;
  }

  @Override
  public long searchEnd(Bytes bytes, long start) {
    long found = -1;
    for (long end = bytes.end(); end > start; ) {
      if (lastLengthHolds(bytes, start, end)) found = end;
      Frame frame = before(bytes, end);
      end = frame == null ? start : frame.start();
    }
    return found;
  }

  @Override
  public String describe() {
    return ":legacy";
  }
}
