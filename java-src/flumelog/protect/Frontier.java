package flumelog.protect;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * All that is needed of a tree to add leaves and to compute its root: the roots of its whole subtrees, one for each bit of its
 * size that is set. That is 64 hashes at most. For one thread at a time.
 *
 * <pre>
 *   frontier := size(8) hash(32)*        the hash of the widest subtree, which is the leftmost, first
 * </pre>
 */
public final class Frontier {
  /** Is called for each subtree that the new leaf completes. */
  @FunctionalInterface
  public interface Whole {
    /** @param root of the subtree of 2^level leaves */
    void subtree(int level, byte[] root);
  }

  private final Tree tree;
  /** At i, the root of the subtree of 2^i leaves, if that bit of the size is set. */
  private final byte[][] roots = new byte[Long.SIZE][];
  private long size;

  public Frontier(Tree tree) {
    this.tree = tree;
  }

  /** Reads what {@link #bytes} made. Returns null if the bytes are none. */
  public static Frontier of(Tree tree, byte[] bytes) {
    if (bytes.length < Long.BYTES) return null;
    ByteBuffer in = ByteBuffer.wrap(bytes);
    Frontier frontier = new Frontier(tree);
    frontier.size = in.getLong();
    if (frontier.size < 0 || in.remaining() != Tree.HASH_BYTES * Long.bitCount(frontier.size)) return null;
    for (long bits = frontier.size; bits != 0; bits &= ~Long.highestOneBit(bits)) {
      in.get(frontier.roots[Long.SIZE - 1 - Long.numberOfLeadingZeros(bits)] = new byte[Tree.HASH_BYTES]);
    }
    return frontier;
  }

  public byte[] bytes() {
    ByteBuffer out = ByteBuffer.allocate(Long.BYTES + Tree.HASH_BYTES * Long.bitCount(size)).putLong(size);
    for (long bits = size; bits != 0; bits &= ~Long.highestOneBit(bits)) {
      out.put(roots[Long.SIZE - 1 - Long.numberOfLeadingZeros(bits)]);
    }
    return out.array();
  }

  /** Returns how many leaves the tree has. */
  public long size() {
    return size;
  }

  /** Adds a leaf. */
  public void add(byte[] leaf) {
    add(leaf, null);
  }

  /** @param heard is told of the subtrees of two leaves and more; may be null */
  public void add(byte[] leaf, Whole heard) {
    byte[] root = leaf;
    int i = 0;
    for (; (size >>> i & 1) == 1; i++) {
      tree.putNode(roots[i], root);
      root = roots[i];
      roots[i] = null;
      if (heard != null) heard.subtree(i + 1, root);
    }
    roots[i] = root == leaf ? leaf.clone() : root;   // what is kept here is overwritten later
    size++;
  }

  /** Returns the root of all leaves. */
  public byte[] root() {
    if (size == 0) return tree.emptyRoot();
    int lowest = Long.numberOfTrailingZeros(size);
    byte[] root = roots[lowest].clone();
    for (int i = lowest + 1; i < Long.SIZE; i++) {
      if ((size >>> i & 1) == 1) root = tree.node(roots[i], root);
    }
    return root;
  }

  @Override
  public String toString() {
    return "Frontier[" + size + " leaves, " + Arrays.stream(roots).filter(root -> root != null).count() + " hashes]";
  }
}
