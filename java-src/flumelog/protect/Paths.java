package flumelog.protect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * The proofs of RFC 9162: that a leaf is in a tree (sections 2.1.3.1 and 2.1.3.2), and that a tree is the beginning of a larger
 * one (2.1.4.1 and 2.1.4.2). A proof is a list of hashes, log n of them. For one thread at a time.
 */
public final class Paths {
  private final Tree tree;

  public Paths(Tree tree) {
    this.tree = tree;
  }

  /** Returns the proof that the leaf with the number is in the tree of that size. */
  public List<byte[]> ofLeaf(long index, long size, Tree.Subtrees subtrees) {
    if (index < 0 || index >= size) throw new IllegalArgumentException("leaf " + index + " of " + size);
    List<byte[]> path = new ArrayList<>();
    putLeaf(index, 0, size, subtrees, path);
    return path;
  }

  private void putLeaf(long index, long from, long to, Tree.Subtrees subtrees, List<byte[]> path) {
    if (to - from == 1) return;
    long middle = from + leftWidth(to - from);
    if (index < middle) {
      putLeaf(index, from, middle, subtrees, path);
      path.add(subtrees.root(middle, to));
    } else {
      putLeaf(index, middle, to, subtrees, path);
      path.add(subtrees.root(from, middle));
    }
  }

  /** Returns the proof that the tree of the first {@code old} leaves is the beginning of the tree of that size. */
  public List<byte[]> ofOlder(long old, long size, Tree.Subtrees subtrees) {
    if (old < 0 || old > size) throw new IllegalArgumentException("a tree of " + old + " leaves in one of " + size);
    List<byte[]> path = new ArrayList<>();
    if (old > 0) putOlder(old, 0, size, true, subtrees, path);
    return path;
  }

  /** @param isKnown whether the root of the old leaves of this part is that of the old tree, which a checker of the proof knows */
  private void putOlder(long old, long from, long to, boolean isKnown, Tree.Subtrees subtrees, List<byte[]> path) {
    if (old == to - from) {
      if (!isKnown) path.add(subtrees.root(from, to));
      return;
    }
    long left = leftWidth(to - from);
    if (old <= left) {
      putOlder(old, from, from + left, isKnown, subtrees, path);
      path.add(subtrees.root(from + left, to));
    } else {
      putOlder(old - left, from + left, to, false, subtrees, path);
      path.add(subtrees.root(from, from + left));
    }
  }

  /** Returns the largest power of two below the width. */
  private static long leftWidth(long width) {
    return Long.highestOneBit(width - 1);
  }

  /** Whether the path proves that the leaf has the number in the tree of that size and root. */
  public boolean provesLeaf(byte[] leaf, long index, long size, byte[] root, List<byte[]> path) {
    if (index < 0 || index >= size || !areHashes(path, leaf)) return false;
    long node = index;
    long last = size - 1;
    byte[] hash = leaf;
    for (byte[] other : path) {
      if (last == 0) return false;
      if (isRight(node, last)) {
        hash = tree.node(other, hash);
        int up = levelsToTurn(node);
        node >>>= up;
        last >>>= up;
      } else {
        hash = tree.node(hash, other);
      }
      node >>>= 1;
      last >>>= 1;
    }
    return last == 0 && Arrays.equals(hash, root);
  }

  /** Whether the path proves that the tree of one size and root is the beginning of the tree of another. */
  public boolean provesOlder(long old, byte[] oldRoot, long size, byte[] root, List<byte[]> path) {
    if (old < 0 || old > size || !areHashes(path, oldRoot)) return false;
    if (old == size) return path.isEmpty() && Arrays.equals(oldRoot, root);
    if (old == 0) return path.isEmpty() && Arrays.equals(oldRoot, tree.emptyRoot());
    int up = levelsToTurn(~(old - 1));
    return leadsToBoth(old - 1 >>> up, size - 1 >>> up, oldRoot, root, path);
  }

  /** Climbs from the last whole subtree of the old tree, and computes both roots on the way. */
  private boolean leadsToBoth(long firstNode, long firstLast, byte[] oldRoot, byte[] root, List<byte[]> path) {
    long node = firstNode;
    long last = firstLast;
    Iterator<byte[]> hashes = path.iterator();
    if (node != 0 && !hashes.hasNext()) return false;
    byte[] oldHash = node == 0 ? oldRoot : hashes.next();   // 0: the old tree is itself a whole subtree
    byte[] hash = oldHash;
    while (hashes.hasNext()) {
      byte[] other = hashes.next();
      if (last == 0) return false;
      if (isRight(node, last)) {
        oldHash = tree.node(other, oldHash);
        hash = tree.node(other, hash);
        int up = levelsToTurn(node);
        node >>>= up;
        last >>>= up;
      } else {
        hash = tree.node(hash, other);
      }
      node >>>= 1;
      last >>>= 1;
    }
    return last == 0 && Arrays.equals(oldHash, oldRoot) && Arrays.equals(hash, root);
  }

  private static boolean areHashes(List<byte[]> path, byte[] other) {
    return other.length == Tree.HASH_BYTES && path.stream().allMatch(hash -> hash.length == Tree.HASH_BYTES);
  }

  /** Whether the other hash stands on the left: the node is a right child, or the last one of its level and so goes up alone. */
  private static boolean isRight(long node, long last) {
    return (node & 1) == 1 || node == last;
  }

  /** Returns for how many levels a node goes up alone until it is a right child, or the first one of its level. */
  private static int levelsToTurn(long node) {
    return node == 0 ? 0 : Long.numberOfTrailingZeros(node);
  }
}
