package flumelog.frame;

import flumelog.block.Bytes;

/**
 * The place of one whole frame in the file.
 *
 * @param start the offset of the record
 * @param length bytes of data
 * @param end position just past the frame, where the next one starts
 */
public record Frame(long start, long length, long end) {
  /** The size of a sector: a disk writes each sector either as a whole or not at all. */
  public static final int SECTOR_BYTES = 512;

  /** Position of the first byte of data. */
  public long data() {
    return Framing.dataStart(start);
  }

  /**
   * Whether a sector of the frame may be missing. That is so if the frame's bytes in some sector are all zero, and some of them
   * are data. After a power loss a file system may leave such a hole: it has written the sectors around it but not that one.
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
   * Whether a frame with this data, at any position, could be mistaken for one that has lost a sector. It can't be if the first,
   * the last and every 512th byte of the data are not zero. So text is never mistaken, and binary data seldom.
   */
  public static boolean mayLookTorn(byte[] data) {
    if (data.length == 0) return false; // it has no data in any sector
    if (data[0] == 0 || data[data.length - 1] == 0) return true;
    for (int i = SECTOR_BYTES - 1; i < data.length; i += SECTOR_BYTES) {
      if (data[i] == 0) return true;
    }
    return false;
  }
}
