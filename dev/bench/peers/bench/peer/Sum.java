package bench.peer;

import java.nio.ByteBuffer;

/**
 * A sum of records that does not depend on their order. It uses the length and three bytes of each record, so a peer
 * that skips, repeats or does not read a record has another sum. dev/bench/node/step.js computes the same sum.
 */
public final class Sum {
  private static final int ODD = 0x9E3779B1;

  private Sum() {}

  public static int of(byte[] data) {
    return of(data, 0, data.length);
  }

  public static int of(byte[] data, int from, int length) {
    return mix(length, data[from], data[from + length / 2], data[from + length - 1]);
  }

  public static int of(ByteBuffer data) {
    return of(data, data.position(), data.remaining());
  }

  public static int of(ByteBuffer data, int from, int length) {
    return mix(length, data.get(from), data.get(from + length / 2), data.get(from + length - 1));
  }

  public static int mix(int length, int first, int middle, int last) {
    return (length * ODD) ^ ((first & 0xFF) | (middle & 0xFF) << 8 | (last & 0xFF) << 16);
  }

  public static int ofAll(byte[][] records) {
    int sum = 0;
    for (byte[] record : records) sum += of(record);
    return sum;
  }
}
