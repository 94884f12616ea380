package flumelog.block;

/**
 * The first {@code length} bytes of a block of the file. The rest of the array is not part of this: an append may be writing
 * to it at the same time.
 */
final class Block {
  private final byte[] bytes;
  private final int length;
  /** Whether the block was read since {@link ClockCache} last considered evicting it. */
  volatile boolean used;

  Block(byte[] bytes, int length) {
    this.bytes = bytes;
    this.length = length;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }
}
