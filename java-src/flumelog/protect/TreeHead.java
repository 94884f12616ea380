package flumelog.protect;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The state of a tree at a moment. Seals in the log have it, and users keep it elsewhere.
 *
 * <pre>
 *   seal   := size(8) end(8) root(32) time(8) [signature(64)]
 *   signed := "flumelog 1 head" id(16) size(8) end(8) root(32) time(8)
 * </pre>
 *
 * @param size how many frames the tree has
 * @param end position just past the last of them
 * @param root 32 bytes
 * @param time in milliseconds since 1970
 * @param signature 64 bytes; null if it is not signed
 */
public record TreeHead(long size, long end, byte[] root, long time, byte[] signature) {
  static final int BYTES = 3 * Long.BYTES + Tree.HASH_BYTES;
  public static final int SIGNED_BYTES = BYTES + Signatures.BYTES;

  private static final byte[] PURPOSE = "flumelog 1 head".getBytes(StandardCharsets.US_ASCII);

  /** Reads the body of a seal. Returns null if the bytes are none. */
  public static TreeHead of(byte[] bytes) {
    if (bytes.length != BYTES && bytes.length != SIGNED_BYTES) return null;
    ByteBuffer in = ByteBuffer.wrap(bytes);
    long size = in.getLong();
    long end = in.getLong();
    byte[] root = next(in, Tree.HASH_BYTES);
    long time = in.getLong();
    if (size < 0 || end < 0) return null;
    return new TreeHead(size, end, root, time, in.hasRemaining() ? next(in, Signatures.BYTES) : null);
  }

  private static byte[] next(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    in.get(bytes);
    return bytes;
  }

  /** Returns the body of a seal. */
  public byte[] bytes() {
    ByteBuffer out = put(ByteBuffer.allocate(signature == null ? BYTES : SIGNED_BYTES));
    return signature == null ? out.array() : out.put(signature).array();
  }

  private ByteBuffer put(ByteBuffer out) {
    return out.putLong(size).putLong(end).put(root).putLong(time);
  }

  /** Returns the bytes that are signed. */
  private byte[] toSign(byte[] logId) {
    return put(ByteBuffer.allocate(PURPOSE.length + logId.length + BYTES).put(PURPOSE).put(logId)).array();
  }

  public TreeHead signed(Signer signer, byte[] logId) {
    return new TreeHead(size, end, root, time, signer.sign(toSign(logId)));
  }

  /** Whether the owner of the public key, of 32 bytes, has signed this head of the log with that id. */
  public boolean isSignedBy(byte[] publicKey, byte[] logId) {
    return signature != null && Signatures.verify(publicKey, toSign(logId), signature);
  }

  @Override
  public String toString() {
    return "TreeHead[" + size + " frames to " + end + (signature == null ? "]" : ", signed]");
  }
}
