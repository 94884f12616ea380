package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.protect.Paths;
import flumelog.protect.TreeHead;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Makes proofs of what is in a sealed log. Each is checked before it is returned. If it does not hold, it is made again with what notes
 * say of deletions under way, and then by hashing all of the log.
 */
public final class TreeProofs {
  /**
   * The proof that a frame is in the tree.
   *
   * @param index the number of the frame
   * @param leaf its hash
   * @param path to the root
   */
  public record OfFrame(long index, byte[] leaf, List<byte[]> path) {}

  /** In place of a proof. No other list is the same object. */
  private static final List<byte[]> NOT_OF_THIS_LOG = new ArrayList<>(0);

  private final LogTree tree;
  private final Blocks blocks;

  public TreeProofs(LogTree tree, Blocks blocks) {
    this.tree = tree;
    this.blocks = blocks;
  }

  /** The proof that the frame at the offset, which is known to be one, is in the tree of a head that lies above it. */
  public OfFrame ofFrame(long offset, TreeHead head) {
    OfFrame proof = proved(parts -> ofFrame(parts, offset, head));
    if (proof == null) throw wrong(offset);
    return proof;
  }

  private OfFrame ofFrame(GroupLeaves parts, long offset, TreeHead head) {
    long index = parts.indexOf(offset);
    if (index < 0 || index >= head.size()) return null;
    byte[] leaf = parts.leaf(index);
    Paths paths = new Paths(tree.tree());
    List<byte[]> path = paths.ofLeaf(index, head.size(), parts);
    return leaf != null && paths.provesLeaf(leaf, index, head.size(), head.root(), path) ? new OfFrame(index, leaf, path) : null;
  }

  /** The proof that the log of one head is the beginning of that of another; null if it is not. */
  public List<byte[]> ofOlder(TreeHead old, TreeHead head) {
    if (old.size() > head.size() || old.end() > head.end()) return null;
    List<byte[]> proof = proved(parts -> ofOlder(parts, old, head));
    return proof == NOT_OF_THIS_LOG ? null : proof;
  }

  /** Null if a node is wrong; {@link #NOT_OF_THIS_LOG} if all that is used is right, and the old head is none of this log. */
  private List<byte[]> ofOlder(GroupLeaves parts, TreeHead old, TreeHead head) {
    Paths paths = new Paths(tree.tree());
    List<byte[]> path = paths.ofOlder(old.size(), head.size(), parts);
    byte[] root = old.size() == 0 ? tree.tree().emptyRoot() : parts.root(0, old.size());
    if (!paths.provesOlder(old.size(), root, head.size(), head.root(), path)) return null;
    if (!Arrays.equals(root, old.root())) return NOT_OF_THIS_LOG;
    return parts.endOf(old.size()) == old.end() ? path : null;
  }

  /** Whether the tree goes on from a head that it had earlier. */
  boolean goesOnFrom(TreeHead kept) {
    if (kept.size() > tree.size() || kept.end() > tree.end()) return false;
    GroupLeaves parts = new GroupLeaves(tree, blocks, true);
    byte[] root = kept.size() == 0 ? tree.tree().emptyRoot() : parts.root(0, kept.size());
    return parts.endOf(kept.size()) == kept.end() && Arrays.equals(root, kept.root());
  }

  /** Makes a proof up to three times, each with a closer look at the log than before. Null if none holds. */
  private <T> T proved(Function<GroupLeaves, T> make) {
    T proof = make.apply(new GroupLeaves(tree, blocks, false));
    if (proof == null) proof = make.apply(new GroupLeaves(tree, blocks, true));
    if (proof != null) return proof;
    tree.readAgain(blocks);
    return make.apply(new GroupLeaves(tree, blocks, true));
  }

  private RuntimeException wrong(long offset) {
    return FormatFailures.unproved(tree.path(), offset, Proved.ROOT, "its hash does not lead to the root of the log; verify tells more");
  }
}
