package flumelog.run;

import java.util.zip.CRC32C;

/** A block of a run, in memory. See {@link RunWriter} for the format. */
final class RunBlock {
  final byte[] data;
  /** Where the entries end. */
  final int end;
  private final int restarts;

  /** @param data all of the block; its checksum is right */
  RunBlock(byte[] data) {
    this.data = data;
    this.restarts = GrowingBytes.int32(data, data.length - 2 * Integer.BYTES);
    this.end = data.length - (restarts + 2) * Integer.BYTES;
  }

  static boolean isWhole(byte[] data) {
    int length = data.length - Integer.BYTES;
    return length >= Integer.BYTES && checksum(data, length) == GrowingBytes.int32(data, length);
  }

  static int checksum(byte[] data, int length) {
    CRC32C crc = new CRC32C();
    crc.update(data, 0, length);
    return (int) crc.getValue();
  }

  private int restart(int index) {
    return GrowingBytes.int32(data, end + index * Integer.BYTES);
  }

  /** The last restart before a position, which is not 0. */
  int restartBefore(int position) {
    int low = 0, high = restarts - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (restart(middle) < position) low = middle;
      else high = middle - 1;
    }
    return restart(low);
  }

  /** The last restart whose entry comes before a place; the first restart if none does. */
  int restartBefore(Bound place, int width) {
    int low = 0, high = restarts - 1;
    while (low < high) {
      int middle = (low + high + 1) >>> 1;
      if (startsBefore(restart(middle), place, width)) low = middle;
      else high = middle - 1;
    }
    return restart(low);
  }

  /** An entry at a restart shares nothing with the one before it. */
  private boolean startsBefore(int at, Bound place, int width) {
    int rest = at + 1;
    int length = 0;
    int shift = 0;
    for (; data[rest] < 0; shift += 7) length |= (data[rest++] & 0x7F) << shift;
    length |= data[rest++] << shift;
    int keyEnd = rest + length - width;
    return place.isAfter(data, rest, keyEnd, GrowingBytes.number(data, keyEnd, width));
  }
}
