package flumelog.block;

/**
 * The first {@code length} bytes of a block. What follows them in the array is not part of it: the next append may be
 * filling it in at this moment.
 */
final class Block {
  private final byte[] bytes;
  private final int length;
  /** Whether it was asked for since {@link BlockCache} last looked for one to forget. */
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
