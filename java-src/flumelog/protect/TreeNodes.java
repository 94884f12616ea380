package flumelog.protect;

import java.util.ArrayList;
import java.util.List;

/**
 * The roots of the whole subtrees of 256 leaves and more, in the order in which they become whole: after each group of 256 leaves its
 * root, and then those of the subtrees that it completes. With them a proof takes the hashes of at most two groups of leaves, at
 * any size of the tree. For one thread at a time.
 */
public class TreeNodes {
  /** A group has 2^8 leaves. */
  public static final int GROUP_SHIFT = 8;
  public static final int GROUP = 1 << GROUP_SHIFT;

  /**
   * The root of a subtree.
   *
   * @param end where the last of its frames ends
   * @param root its hash
   */
  public record Node(long end, byte[] root) {}

  private final List<Node> inMemory = new ArrayList<>();

  /** The number of the node of a level, of which level 0 has the groups. */
  public static long indexOf(int level, long index) {
    long number = index;
    for (int i = 0; i < level; i++) number = 2 * number + 1;
    long before = 0;
    for (long n = number; n > 0; n >>>= 1) before += n;
    return before + level;
  }

  /** How many nodes a tree of that many leaves has. */
  public static long countOf(long leaves) {
    return indexOf(0, leaves >>> GROUP_SHIFT);
  }

  public final Node get(int level, long index) {
    return get(indexOf(level, index));
  }

  /** The node with that number, which must be there. */
  protected Node get(long number) {
    return inMemory.get((int) number);
  }

  public void add(Node node) {
    inMemory.add(node);
  }

  /** The nodes that are in memory. */
  protected final List<Node> inMemory() {
    return inMemory;
  }

  /** Forgets all nodes from that number on. */
  public void cutTo(long count) {
    if (count < inMemory.size()) inMemory.subList((int) count, inMemory.size()).clear();
  }
}
