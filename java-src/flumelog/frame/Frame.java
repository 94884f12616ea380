package flumelog.frame;

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

  /** Whether a frame with such data may look as if a power loss had taken a sector of it, wherever it lies. */
  public static boolean mayLookTorn(byte[] data) {
    return Walk.mayLookLikeAHole(data);
  }
}
