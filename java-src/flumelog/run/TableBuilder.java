package flumelog.run;

import java.util.Arrays;

/** Makes a table of keys and offsets that come in order. */
final class TableBuilder implements Sink {
  private byte[] keys;
  private int keysSize;
  private int[] keyEnds;
  private int[] offsetEnds;
  private int count;
  private long[] offsets;
  private int offsetsSize;

  TableBuilder(int mostKeys, int mostOffsets) {
    this.keys = new byte[Math.max(16, Math.min(32 * mostKeys, 1 << 20))];
    this.keyEnds = new int[mostKeys];
    this.offsetEnds = new int[mostKeys];
    this.offsets = new long[mostOffsets];
  }

  @Override
  public void startKey(byte[] bytes, int from, int to) {
    if (count > 0) {
      int last = count == 1 ? 0 : keyEnds[count - 2];
      if (Arrays.equals(keys, last, keyEnds[count - 1], bytes, from, to)) return;
    }
    int length = to - from;
    if (keys.length - keysSize < length) keys = Arrays.copyOf(keys, Math.max(2 * keys.length, keysSize + length));
    System.arraycopy(bytes, from, keys, keysSize, length);
    keysSize += length;
    keyEnds[count] = keysSize;
    offsetEnds[count++] = offsetsSize;
  }

  @Override
  public void add(long offset) {
    offsets[offsetsSize++] = offset;
    offsetEnds[count - 1] = offsetsSize;
  }

  /** Returns null if there are no offsets. */
  Table table() {
    if (offsetsSize == 0) return null;
    return new Table(Arrays.copyOf(keys, keysSize), Arrays.copyOf(keyEnds, count), Arrays.copyOf(offsets, offsetsSize),
        Arrays.copyOf(offsetEnds, count));
  }
}
