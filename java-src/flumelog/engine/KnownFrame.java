package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.util.zip.CRC32C;

/**
 * A frame by its place and its data, to tell it again in a file that others change.
 *
 * @param crc CRC-32C of the data, at most of its first 4096 bytes
 */
record KnownFrame(long start, long end, int crc) {
  private static final int MOST_BYTES = 1 << 12;

  /** The frame that the file has there; null where it starts below 0, and so there is none. */
  static KnownFrame of(Framing framing, Blocks blocks, long start, long end) {
    return start < 0 ? null : new KnownFrame(start, end, crc(data(framing, blocks, start, end)));
  }

  /** The first one of the file, or null. */
  static KnownFrame ofFirst(Framing framing, Blocks blocks) {
    Frame frame = framing.at(blocks, 0, blocks.end());
    return frame == null ? null : of(framing, blocks, 0, frame.end());
  }

  /** Whether a file has it there, or what deleting its record has left. */
  boolean isIn(Framing framing, Blocks blocks) {
    Frame frame = end > blocks.end() ? null : framing.at(blocks, start, end);
    if (frame == null || frame.end() != end) return false;
    return crc(data(framing, blocks, start, end)) == crc || framing.isDeleted(blocks, frame);
  }

  private static byte[] data(Framing framing, Blocks blocks, long start, long end) {
    return blocks.read(Framing.dataStart(start), (int) Math.min(MOST_BYTES, framing.length(start, end)));
  }

  private static int crc(byte[] data) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, data.length);
    return (int) crc.getValue();
  }
}
