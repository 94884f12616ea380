package flumelog.protect;

import java.nio.ByteBuffer;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * The hash tree of RFC 9162, section 2.1.1, over the frames of a log:
 *
 * <pre>
 *   root of no leaf  := SHA-256()
 *   leaf             := SHA-256(0x00 offset(8) data)     data of the frame, as it stands in the file
 *   node             := SHA-256(0x01 left right)
 * </pre>
 *
 * <p>A tree that is not a power of two wide has the largest power of two of leaves on its left side. For one thread at a time.
 */
public final class Tree {
  public static final int HASH_BYTES = 32;

  private static final byte LEAF = 0;
  private static final byte NODE = 1;

  /** The roots of the subtrees that make up the tree: a function of the leaves, or of what was kept of them. */
  @FunctionalInterface
  public interface Subtrees {
    /** Returns the root of the leaves from {@code from} to {@code to}, which is not among them. There is one at least. */
    byte[] root(long from, long to);
  }

  /** The leaves of a tree by their numbers. */
  @FunctionalInterface
  public interface Leaves {
    byte[] leaf(long index);
  }

  private final MessageDigest sha = sha256();
  private final ByteBuffer start = ByteBuffer.allocate(1 + Long.BYTES + 1 + SealedEnvelope.BLIND_BYTES);
  private final ByteBuffer place = ByteBuffer.allocate(1 + Long.BYTES);

  /** Returns the leaf of a frame. */
  public byte[] leaf(long offset, byte[] bytes, int from, int length) {
    sha.update(place.clear().put(LEAF).putLong(offset).array());
    sha.update(bytes, from, length);
    return sha.digest();
  }

  /** Returns the leaf of a frame, of which the data is all that remains in the buffer. */
  public byte[] leaf(long offset, ByteBuffer data) {
    sha.update(place.clear().put(LEAF).putLong(offset).array());
    sha.update(data);
    return sha.digest();
  }

  /** Returns the leaf of a frame whose data is: kind blind payload crc. */
  byte[] leaf(long offset, int kind, byte[] blinds, int blindAt, byte[] payload, int crc) {
    sha.update(start.clear().put(LEAF).putLong(offset).put((byte) kind).put(blinds, blindAt, SealedEnvelope.BLIND_BYTES).array());
    sha.update(payload);
    sha.update(place.clear().putInt(crc).array(), 0, Integer.BYTES);
    return sha.digest();
  }

  /** Returns the hash of two subtrees side by side. */
  public byte[] node(byte[] left, byte[] right) {
    byte[] node = left.clone();
    putNode(node, right);
    return node;
  }

  /** Replaces the left hash by that of the two. */
  void putNode(byte[] left, byte[] right) {
    sha.update(NODE);
    sha.update(left);
    sha.update(right);
    try {
      sha.digest(left, 0, HASH_BYTES);
    } catch (DigestException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Returns the root of a tree without leaves. */
  public byte[] emptyRoot() {
    return sha.digest();
  }

  /** Returns the subtrees that are computed from the leaves each time. */
  public Subtrees over(Leaves leaves) {
    return (from, to) -> {
      Frontier frontier = new Frontier(this);
      for (long i = from; i < to; i++) frontier.add(leaves.leaf(i));
      return frontier.root();
    };
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no SHA-256", e);
    }
  }
}
