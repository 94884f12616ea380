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
  /** Position of the first byte of data. */
  public long data() {
    return start + Framing.LENGTH_BYTES;
  }

  /**
   * Whether a sector may be missing: one in which all bytes of the frame are zero, some of data among them. File
   * systems leave such holes where they wrote the sectors around but not that one.
   */
  public boolean hasHole(Bytes bytes) {
    long dataEnd = data() + length;
    for (long sector = data() / Walk.SECTOR_BYTES * Walk.SECTOR_BYTES; sector < dataEnd; sector += Walk.SECTOR_BYTES) {
      long from = Math.max(sector, start);
      if (bytes.isZero(from, Math.min(sector + Walk.SECTOR_BYTES, end) - from)) return true;
    }
    return false;
  }

  /** Whether a frame with such data may look as if a power loss had taken a sector of it, wherever it lies. */
  public static boolean mayLookTorn(byte[] data) {
    return Walk.mayLookLikeAHole(data);
  }
}
