package flumelog.block;

/** The bytes of a file by position. The implementations read them from different places. */
public interface Bytes {
  /** Where the readable bytes stop. */
  long end();

  /** Reads the unsigned big-endian integer of {@code bytes} (1 to 8) bytes at the position. */
  long uint(long position, int bytes);

  /** Whether every byte of the range is zero. */
  boolean isZero(long position, long length);

  /** Returns a new array with the bytes of [position, position + length), which must lie below {@link #end}. */
  byte[] read(long position, int length);

  /** Copies the bytes of [position, position + length) to the beginning of an array. */
  default void read(long position, byte[] out, int length) {
    System.arraycopy(read(position, length), 0, out, 0, length);
  }

  /** Whether every byte of the array is zero. */
  static boolean areZero(byte[] data) {
    for (byte b : data) {
      if (b != 0) return false;
    }
    return true;
  }
}
