package flumelog.log;

import org.jspecify.annotations.Nullable;

/**
 * The width of the trailer of a {@code :flume} frame. flumelog-offset has the option {@code offsetCodec} for it.
 *
 * <p>A JavaScript number can hold any integer of 53 bits exactly. The trailer of that width is an ordinary big-endian long
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

  /** {@return how many bytes the trailer has} */
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
   * @return the width that has that many bits, or null if there is none
   */
  public static @Nullable OffsetWidth ofBits(long bits) {
    for (OffsetWidth width : values()) {
      if (width.bits == bits) return width;
    }
    return null;
  }
}
