package flumelog.frame;

/**
 * How wide the trailer of a {@code :flume} frame is: the option {@code offsetCodec} of flumelog-offset.
 *
 * <p>53 is the largest integer that a JavaScript number holds exactly; its trailer is an ordinary big-endian long
 * below 2^53.
 */
public enum OffsetWidth {
  /** 4 bytes: up to 4 GiB. */
  BITS_32(32, 4),
  /** 6 bytes: up to 256 TiB. */
  BITS_48(48, 6),
  /** 8 bytes: up to 8 PiB. */
  BITS_53(53, 8);

  private final int bits;
  private final int bytes;

  OffsetWidth(int bits, int bytes) {
    this.bits = bits;
    this.bytes = bytes;
  }

  /** {@return 32, 48 or 53} */
  public int bits() {
    return bits;
  }

  /** {@return the bytes of the trailer} */
  public int bytes() {
    return bytes;
  }

  /** {@return the last position that a trailer of this width can name} */
  public long maxEnd() {
    return (1L << bits) - 1;
  }

  /**
   * Finds a width.
   *
   * @param bits any number
   * @return the width of so many bits, or null when there is none
   */
  public static OffsetWidth ofBits(long bits) {
    for (OffsetWidth width : values()) {
      if (width.bits == bits) return width;
    }
    return null;
  }
}
