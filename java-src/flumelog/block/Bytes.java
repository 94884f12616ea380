package flumelog.block;

/** The bytes of a file by position, wherever they are read from. */
public interface Bytes {
  /** Where the readable bytes stop. */
  long end();

  /** The unsigned big-endian integer in the {@code bytes} (1 to 8) bytes at the position. */
  long uint(long position, int bytes);

  /** Whether every byte of the range is zero. */
  boolean isZero(long position, long length);

  /** A new array with the bytes of [position, position + length), which must lie below {@link #end}. */
  byte[] read(long position, int length);

  /** Whether every one of these is zero. */
  static boolean areZero(byte[] data) {
    for (byte b : data) {
      if (b != 0) return false;
    }
    return true;
  }
}
