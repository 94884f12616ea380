package flumelog.value;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Tells bytes that are ASCII, eight at a time. */
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
      // A high bit where a byte is not ASCII, or where one is zero; bytes that are 1 to 127 lend nothing to the next.
      if (((eight | eight - ONES) & HIGH_BITS) != 0) return false;
    }
    for (; i < end; i++) {
      if (bytes[i] <= 0) return false;
    }
    return true;
  }
}
