package flumelog.run;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** The sparse index of a run: a separator and the position of each block. */
final class Index {
  private final GrowingBytes separators;
  private int[] ends;
  /** Where each block ends. */
  private long[] blockEnds;
  private int blocks;

  Index() {
    this(new GrowingBytes(1024), new int[64], new long[64]);
  }

  private Index(GrowingBytes separators, int[] ends, long[] blockEnds) {
    this.separators = separators;
    this.ends = ends;
    this.blockEnds = blockEnds;
  }

  /** Starts a block with its separator: the shortest bytes that are above {@code last} and not above {@code first}. */
  void startBlock(byte[] last, int lastLength, byte[] first, int firstLength) {
    int at = blocks == 0 ? -1 : Arrays.mismatch(last, 0, lastLength, first, 0, firstLength);
    if (blocks == ends.length) {
      ends = Arrays.copyOf(ends, 2 * blocks);
      blockEnds = Arrays.copyOf(blockEnds, 2 * blocks);
    }
    separators.put(first, 0, Math.min(at + 1, firstLength));
    ends[blocks] = separators.size;
  }

  void endBlock(int bytes) {
    blockEnds[blocks] = (blocks == 0 ? 0 : blockEnds[blocks - 1]) + bytes;
    blocks++;
  }

  int blocks() {
    return blocks;
  }

  long start(int block) {
    return block == 0 ? 0 : blockEnds[block - 1];
  }

  int blockBytes(int block) {
    return (int) (blockEnds[block] - start(block));
  }

  /** The block in which a place is. */
  int find(byte[] place) {
    int low = 0, high = blocks - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      int from = middle == 0 ? 0 : ends[middle - 1];
      if (Arrays.compareUnsigned(separators.array, from, ends[middle], place, 0, place.length) <= 0) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  byte[] encoded() {
    GrowingBytes out = new GrowingBytes(separators.size + 4 * blocks + 16);
    for (int i = 0; i < blocks; i++) {
      int from = i == 0 ? 0 : ends[i - 1];
      out.varint(ends[i] - from);
      out.put(separators.array, from, ends[i] - from);
      out.varint(blockBytes(i));
    }
    return Arrays.copyOf(out.array, out.size);
  }

  static Index read(byte[] encoded, int blocks) {
    GrowingBytes separators = new GrowingBytes(encoded.length);
    Index index = new Index(separators, new int[blocks], new long[blocks]);
    ByteBuffer in = ByteBuffer.wrap(encoded);
    for (int i = 0; i < blocks; i++) {
      int length = varint(in);
      separators.put(encoded, in.position(), length);
      in.position(in.position() + length);
      index.ends[i] = separators.size;
      index.endBlock(varint(in));
    }
    separators.array = Arrays.copyOf(separators.array, separators.size);
    return index;
  }

  private static int varint(ByteBuffer in) {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      int b = in.get();
      value |= (b & 0x7F) << shift;
      if (b >= 0) return value;
    }
  }
}
