package flumelog.value;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Checks whether bytes are ASCII, eight bytes in one step. */
public final class Ascii {
  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Ascii() {}

  /** Whether each of the bytes is from 1 to 127. */
  public static boolean isAscii(byte[] bytes, int from, int length) {
    int end = from + length;
    int i = from;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      long eight = (long) LONGS.get(bytes, i);
      // A byte that is zero or not ASCII sets its high bit here. If all are 1 to 127, no subtraction borrows from the next byte.
      if (((eight | eight - ONES) & HIGH_BITS) != 0) return false;
    }
    for (; i < end; i++) {
      if (bytes[i] <= 0) return false;
    }
    return true;
  }

  /** Whether one of the bytes is from 0 to 31. */
  static boolean hasControl(byte[] bytes, int from, int length) {
    int end = from + length;
    int i = from;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      long eight = (long) LONGS.get(bytes, i);
      // A byte below 32 sets its high bit here, and perhaps a byte above it that borrows from the one before, which is no matter.
      if ((eight - 32 * ONES & ~eight & HIGH_BITS) != 0) return true;
    }
    for (; i < end; i++) {
      if (bytes[i] >= 0 && bytes[i] < ' ') return true;
    }
    return false;
  }
}
