package flumelog.run;

import java.nio.ByteBuffer;

/**
 * The end of a run's file, of a fixed length. From it all else is found.
 *
 * @param indexAt where the blocks end and the index starts; the filter follows
 * @param bloomBytes 0 if there is no filter
 * @param width in how many bytes the first offset of an entry is written
 */
record Foot(long indexAt, int indexBytes, int indexCheck, int bloomBytes, int bloomCheck, int width, int blocks, long keys,
    long offsets, long first, long last) {
  private static final long MAGIC = 0x666C756D72756E31L; // "flumrun1"
  private static final int CHECKED = 8 + 8 + 6 * 4 + 4 * 8;
  static final int BYTES = CHECKED + Integer.BYTES;

  byte[] encoded() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putLong(indexAt).putInt(indexBytes).putInt(indexCheck).putInt(bloomBytes).putInt(bloomCheck).putInt(width)
        .putInt(blocks).putLong(keys).putLong(offsets).putLong(first).putLong(last);
    return out.putInt(RunBlock.checksum(out.array(), CHECKED)).array();
  }

  /** Returns null if the bytes are no foot. */
  static Foot read(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    if (in.getInt(CHECKED) != RunBlock.checksum(bytes, CHECKED) || in.getLong() != MAGIC) return null;
    return new Foot(in.getLong(), in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getInt(), in.getLong(),
        in.getLong(), in.getLong(), in.getLong());
  }

  /** How long the file is. */
  long fileBytes() {
    return indexAt + indexBytes + bloomBytes + BYTES;
  }

  /** Tells this run from others. */
  int check() {
    return ByteBuffer.wrap(encoded()).getInt(CHECKED);
  }
}
