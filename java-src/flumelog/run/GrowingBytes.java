package flumelog.run;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A growing array of bytes, and numbers in it. */
final class GrowingBytes {
  static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  byte[] array;
  int size;

  GrowingBytes(int bytes) {
    this.array = new byte[bytes];
  }

  void room(int bytes) {
    if (array.length - size < bytes) array = Arrays.copyOf(array, Math.max(2 * array.length, size + bytes));
  }

  void put(byte[] from, int at, int length) {
    room(length);
    System.arraycopy(from, at, array, size, length);
    size += length;
  }

  /** Seven bits in a byte, the lowest first; all but the last byte have the upper bit. */
  void varint(long value) {
    room(10);
    long rest = value;
    for (; (rest & ~0x7FL) != 0; rest >>>= 7) array[size++] = (byte) (rest | 0x80);
    array[size++] = (byte) rest;
  }

  void int32(int value) {
    room(Integer.BYTES);
    for (int shift = 24; shift >= 0; shift -= 8) array[size++] = (byte) (value >> shift);
  }

  void int64(long value) {
    int32((int) (value >> 32));
    int32((int) value);
  }

  static int int32(byte[] from, int at) {
    return from[at] << 24 | (from[at + 1] & 0xFF) << 16 | (from[at + 2] & 0xFF) << 8 | from[at + 3] & 0xFF;
  }

  /** Writes the lowest bytes of a number, the highest first. */
  static void number(byte[] into, int at, int width, long value) {
    for (int i = 0; i < width; i++) into[at + i] = (byte) (value >>> 8 * (width - 1 - i));
  }

  static long number(byte[] from, int at, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) value = value << 8 | from[at + i] & 0xFF;
    return value;
  }

  /** How many bytes hold a number that is not negative; at least 1. */
  static int width(long value) {
    return Math.max(1, (71 - Long.numberOfLeadingZeros(value)) / 8);
  }
}
