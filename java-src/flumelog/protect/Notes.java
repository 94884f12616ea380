package flumelog.protect;

import java.nio.ByteBuffer;

/**
 * A deletion note: the offsets of records that are to be deleted. It is on disk before the first of their bytes is overwritten.
 *
 * <pre>
 *   payload := offset(int64)+
 * </pre>
 */
public final class Notes {
  /** The largest number of records in one note. */
  public static final int MOST_AT_ONCE = 1 << 14;

  private Notes() {}

  public static byte[] payload(long[] offsets) {
    ByteBuffer out = ByteBuffer.allocate(offsets.length * Long.BYTES);
    for (long offset : offsets) out.putLong(offset);
    return out.array();
  }

  /** The offsets in the payload of a note. */
  public static long[] offsets(ByteBuffer payload) {
    long[] offsets = new long[payload.remaining() / Long.BYTES];
    for (int i = 0; i < offsets.length; i++) offsets[i] = payload.getLong(payload.position() + i * Long.BYTES);
    return offsets;
  }
}
