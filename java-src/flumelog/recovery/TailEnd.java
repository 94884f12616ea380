package flumelog.recovery;

import flumelog.block.Blocks;

/** Finds where a torn tail ends, and the room of its writer begins: the zeros up to the end of the file. */
final class TailEnd {
  private static final long STEP_BYTES = 1 << 16;

  private TailEnd() {}

  /** The end of the bytes that are not zero, at or above the position. Looks from the end of the file down. */
  static long above(long position, Blocks blocks) {
    for (long to = blocks.end(); to > position; ) {
      long from = Math.max(position, to - STEP_BYTES);
      if (!blocks.isZero(from, to - from)) return endOfData(from, to, blocks);
      to = from;
    }
    return position;
  }

  /** The end of the bytes that are not zero in a range, by bisection. The range must not be all zeros. */
  private static long endOfData(long from, long to, Blocks blocks) {
    long start = from;
    long end = to;
    while (end - start > 1) {
      long middle = start + end >>> 1;
      if (blocks.isZero(middle, end - middle)) end = middle;
      else start = middle;
    }
    return end;
  }
}
