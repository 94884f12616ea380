package flumelog.protect;

import java.nio.ByteBuffer;

/**
 * A deletion note: the records that are to be deleted. It is on disk before the first of their bytes is overwritten.
 *
 * <pre>
 *   payload := (offset(int64) [leaf(32)])+      with the leaf that the record has in the tree, if the log is sealed
 * </pre>
 */
public final class Notes {
  /** The largest number of records in one note. */
  public static final int MOST_AT_ONCE = 1 << 14;

  private Notes() {}

  public static byte[] payload(long[] offsets) {
    return payload(offsets, null);
  }

  /** @param leaves of the records; null if the log is not sealed */
  public static byte[] payload(long[] offsets, byte[][] leaves) {
    ByteBuffer out = ByteBuffer.allocate(offsets.length * bytes(leaves != null));
    for (int i = 0; i < offsets.length; i++) {
      out.putLong(offsets[i]);
      if (leaves != null) out.put(leaves[i]);
    }
    return out.array();
  }

  /** How many bytes a note has for each record. */
  private static int bytes(boolean isSealed) {
    return Long.BYTES + (isSealed ? Tree.HASH_BYTES : 0);
  }

  /** Whether a note can have this length. */
  static boolean isLength(long payloadBytes, boolean isSealed) {
    return payloadBytes % bytes(isSealed) == 0;
  }

  /** The offsets in the payload of a note. */
  static long[] offsets(ByteBuffer payload, boolean isSealed) {
    int bytes = bytes(isSealed);
    long[] offsets = new long[payload.remaining() / bytes];
    for (int i = 0; i < offsets.length; i++) offsets[i] = payload.getLong(payload.position() + i * bytes);
    return offsets;
  }

  /** The leaves in the payload of a note of a sealed log, in the order of the offsets. */
  static byte[][] leaves(ByteBuffer payload) {
    int bytes = bytes(true);
    byte[][] leaves = new byte[payload.remaining() / bytes][Tree.HASH_BYTES];
    for (int i = 0; i < leaves.length; i++) payload.get(payload.position() + i * bytes + Long.BYTES, leaves[i]);
    return leaves;
  }
}
