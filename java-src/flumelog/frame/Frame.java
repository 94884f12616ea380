package flumelog.frame;

import flumelog.block.Bytes;

/**
 * Where one whole frame lies.
 *
 * @param start the offset of the record
 * @param length bytes of data
 * @param end position just past the frame, where the next one starts
 */
public record Frame(long start, long length, long end) {
  /** What a disk writes as a whole or not at all. */
  public static final int SECTOR_BYTES = 512;

  /** Position of the first byte of data. */
  public long data() {
    return Framing.dataStart(start);
  }

  /**
   * Whether a sector may be missing: one in which all bytes of the frame are zero, some of data among them. File
   * systems leave such holes where they wrote the sectors around but not that one.
   */
  public boolean hasHole(Bytes bytes) {
    long dataEnd = data() + length;
    for (long sector = data() / SECTOR_BYTES * SECTOR_BYTES; sector < dataEnd; sector += SECTOR_BYTES) {
      long from = Math.max(sector, start);
      if (bytes.isZero(from, Math.min(sector + SECTOR_BYTES, end) - from)) return true;
    }
    return false;
  }

  /**
   * Whether a frame with such data may be taken for one that has lost a sector, wherever it lies: not where data begins
   * and ends with a byte that is not zero and every 512th byte is none. So text never is, and binary data seldom.
   */
  public static boolean mayLookTorn(byte[] data) {
    if (data.length == 0) return false; // no sector of it can be lost
    if (data[0] == 0 || data[data.length - 1] == 0) return true;
    for (int i = SECTOR_BYTES - 1; i < data.length; i += SECTOR_BYTES) {
      if (data[i] == 0) return true;
    }
    return false;
  }
}
