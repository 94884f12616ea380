package flumelog.frame;

/**
 * How wide the trailer of a {@code :flume} frame is: the option {@code offsetCodec} of flumelog-offset.
 *
 * <p>53 is the largest integer that a JavaScript number holds exactly; its trailer is an ordinary big-endian long
 * below 2^53.
 */
public enum OffsetWidth {
  BITS_32(32, 4),
  BITS_48(48, 6),
  BITS_53(53, 8);

  private final int bits;
  private final int bytes;

  OffsetWidth(int bits, int bytes) {
    this.bits = bits;
    this.bytes = bytes;
  }

  public int bits() {
    return bits;
  }

  /** Bytes of the trailer. */
  public int bytes() {
    return bytes;
  }

  /** The last position that a trailer of this width can name. */
  public long maxEnd() {
    return (1L << bits) - 1;
  }

  /** The width of so many bits, or null when there is none. */
  public static OffsetWidth ofBits(long bits) {
    for (OffsetWidth width : values()) {
      if (width.bits == bits) return width;
    }
    return null;
  }
}
