package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Identifies one frame by its place and its data. It ties a side file to the content of its log, also when both are
 * copied. A follower checks with it whether a file that others change still has the frame.
 *
 * @param start where the frame starts
 * @param end where it ends
 * @param crc CRC-32C of the data, at most of its first {@link #MOST_BYTES}
 */
public record Anchor(long start, long end, int crc) {
  /** Only this much of longer data is read. */
  public static final int MOST_BYTES = 1 << 12;

  /** The anchor of the frame between two positions; null if the end is 0. The file must have that frame. */
  static Anchor of(Framing framing, ReadableFile file, long start, long end) throws IOException {
    if (end == 0) return null;
    ByteBuffer data = ByteBuffer.allocate(bytes(framing, start, end));
    file.readAt(Framing.dataStart(start), data);
    return new Anchor(start, end, crc(data.flip()));
  }

  /** The anchor of the frame between two positions, read through blocks; null if the end is 0. */
  public static Anchor of(Framing framing, Blocks blocks, long start, long end) {
    if (end == 0) return null;
    byte[] data = blocks.read(Framing.dataStart(start), bytes(framing, start, end));
    return new Anchor(start, end, crc(ByteBuffer.wrap(data)));
  }

  /** The anchor of the first frame; null if the file does not begin with a whole frame. */
  public static Anchor ofFirst(Framing framing, Blocks blocks) {
    Frame frame = framing.at(blocks, 0, blocks.end());
    return frame == null ? null : of(framing, blocks, 0, frame.end());
  }

  /**
   * The anchor of the first frame, whose end follows from its first length; null if no frame fits below {@code end}.
   */
  static Anchor ofFirst(Framing framing, ReadableFile file, long end) throws IOException {
    ByteBuffer length = ByteBuffer.allocate(Framing.LENGTH_BYTES);
    if (end == 0 || file.readAt(0, length) < Framing.LENGTH_BYTES) return null;
    long first = framing.size(Integer.toUnsignedLong(length.getInt(0)));
    return first > end ? null : of(framing, file, 0, first);
  }

  /** Whether the file has this frame, or this frame with zeros as data, since its record was deleted. */
  public boolean fits(Framing framing, Blocks blocks) {
    if (!hasFrame(framing, blocks)) return false;
    byte[] data = data(framing, blocks);
    return crc(ByteBuffer.wrap(data)) == crc || Bytes.areZero(data);
  }

  /** Whether the file has any frame at this place. */
  boolean hasFrame(Framing framing, Blocks blocks) {
    if (end > blocks.end() || framing.length(start, end) < 0) return false;
    Window window = blocks.windowToLookUp();
    window.coverUpwards(start, Math.min(end - start, 2 * MOST_BYTES));
    return framing.endOf(window, start, end) == end;
  }

  /**
   * Whether the file may have had this frame until a power loss. That is so if each byte is unchanged, or zero, or past
   * the end of the file, and if some bytes are lost in that way.
   */
  boolean mayHaveBeenLost(Framing framing, Blocks blocks) {
    ByteBuffer length = ByteBuffer.allocate(Framing.LENGTH_BYTES).putInt(0, (int) framing.length(start, end));
    ByteBuffer tail = ByteBuffer.allocate(framing.endingBytes());
    framing.putEnding(tail, length.getInt(0), end);
    long missing = missing(blocks, start, length.array());
    long missingInTail = missing(blocks, framing.dataEnd(end), tail.array());
    if (missing < 0 || missingInTail < 0) return false;
    return missing + missingInTail > 0 || seemsTorn(data(framing, blocks));
  }

  /** Whether the data of a protected record was overwritten in part: it begins or ends with zeros, or has as many as a sector. */
  boolean isHalfZeroed(Framing framing, Blocks blocks) {
    byte[] data = data(framing, blocks);
    return data.length > 0 && seemsTorn(data);
  }

  /** How many of the known bytes are zeros in the file or past its end; -1 if one of them is any other byte. */
  private static long missing(Blocks blocks, long position, byte[] known) {
    long missing = 0;
    for (int i = 0; i < known.length; i++) {
      if (position + i >= blocks.end()) return missing + known.length - i;
      long found = blocks.uint(position + i, 1);
      if (found == (known[i] & 0xFF)) continue;
      if (found != 0) return -1;
      missing++;
    }
    return missing;
  }

  private byte[] data(Framing framing, Blocks blocks) {
    long from = Math.min(Framing.dataStart(start), blocks.end());
    return blocks.read(from, (int) Math.min(bytes(framing, start, end), blocks.end() - from));
  }

  /**
   * Whether the data seems to have lost bytes: it begins or ends with a zero, or has as many zeros in a row as a
   * sector.
   */
  static boolean seemsTorn(byte[] data) {
    if (data.length == 0 || data[0] == 0 || data[data.length - 1] == 0) return true;
    int zeros = 0;
    for (byte b : data) {
      zeros = b == 0 ? zeros + 1 : 0;
      if (zeros == Frame.SECTOR_BYTES) return true;
    }
    return false;
  }

  private static int bytes(Framing framing, long start, long end) {
    return (int) Math.min(MOST_BYTES, framing.length(start, end));
  }

  private static int crc(ByteBuffer data) {
    CRC32C crc = new CRC32C();
    crc.update(data);
    return (int) crc.getValue();
  }
}
