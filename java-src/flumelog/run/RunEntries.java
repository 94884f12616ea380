package flumelog.run;

import java.util.Arrays;

/**
 * A cursor over a run. Its key holds what the entry behind the cursor shares with the one before: it is the key of the one before,
 * or that of the entry itself.
 */
final class RunEntries extends Entries {
  private final Run run;
  private final int width;
  private int number;
  private RunBlock block;
  /** The position of the entry behind the cursor, in the block. */
  private int behind;

  /** The key of the entry that was read last, and its first offset. */
  private byte[] key = new byte[64];
  private int length;
  private int more;
  private int deltasAt;
  private long[] offsets = new long[0];
  private boolean isDecoded;

  RunEntries(Run run) {
    this.run = run;
    this.width = run.width();
  }

  private void enter(int newNumber) {
    if (block == null || number != newNumber) block = run.block(newNumber);
    number = newNumber;
  }

  @Override
  public void seek(Bound place) {
    enter(run.find(place));
    int at = block.restartBefore(place, width);
    while (at < block.end) {
      int next = read(at);
      if (!place.isAfter(key, 0, length - width, first())) break;
      at = next;
    }
    behind = at;
  }

  @Override
  public void seekEnd() {
    enter(run.blocks() - 1);
    behind = block.end;
  }

  @Override
  public boolean next() {
    if (block == null) enter(0);
    if (behind == block.end) {
      if (number == run.blocks() - 1) return false;
      enter(number + 1);
      behind = 0;
    }
    behind = read(behind);
    return true;
  }

  @Override
  public boolean previous() {
    if (block == null) enter(0);
    if (behind == 0) {
      if (number == 0) return false;
      enter(number - 1);
      behind = block.end;
    }
    int at = block.restartBefore(behind);
    for (int next = read(at); next < behind; next = read(at)) at = next;
    behind = at;
    return true;
  }

  /** Reads the entry at a position, and returns where it ends. */
  private int read(int position) {
    at = position;
    int shared = varint();
    int rest = varint();
    if (key.length < shared + rest) key = Arrays.copyOf(key, 2 * (shared + rest));
    System.arraycopy(block.data, at, key, shared, rest);
    length = shared + rest;
    at += rest;
    more = varint();
    int bytes = more == 0 ? 0 : varint();
    deltasAt = at;
    isDecoded = false;
    return at + bytes;
  }

  private int at;

  private int varint() {
    byte[] data = block.data;
    int value = data[at++];
    if (value >= 0) return value;
    value &= 0x7F;
    for (int shift = 7; ; shift += 7) {
      int b = data[at++];
      value |= (b & 0x7F) << shift;
      if (b >= 0) return value;
    }
  }

  private long first() {
    return GrowingBytes.number(key, length - width, width);
  }

  @Override
  public byte[] keyBytes() {
    return key;
  }

  @Override
  public int keyFrom() {
    return 0;
  }

  @Override
  public int keyTo() {
    return length - width;
  }

  @Override
  public long[] offsets() {
    if (!isDecoded) decode();
    return offsets;
  }

  private void decode() {
    if (offsets.length <= more) offsets = new long[more == 0 ? 1 : RunWriter.MOST_OFFSETS];
    byte[] data = block.data;
    int from = deltasAt;
    long offset = first();
    offsets[0] = offset;
    for (int i = 1; i <= more; i++) {
      long delta = 0;
      int b = data[from++];
      for (int shift = 0; ; b = data[from++], shift += 7) {
        delta |= (b & 0x7FL) << shift;
        if (b >= 0) break;
      }
      offset += delta;
      offsets[i] = offset;
    }
    isDecoded = true;
  }

  @Override
  public int offsetsFrom() {
    return 0;
  }

  @Override
  public int offsetsTo() {
    return more + 1;
  }
}
