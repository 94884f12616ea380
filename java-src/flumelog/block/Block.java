package flumelog.block;

/**
 * The first {@code length} bytes of a block. What follows them in the array is not part of it: the next append may be
 * filling it in at this moment.
 */
record Block(byte[] bytes, int length) {}
