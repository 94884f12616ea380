package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Frontier;
import flumelog.protect.Protected;
import flumelog.protect.Tree;
import flumelog.protect.TreeNodes;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds in a sealed log the roots of parts of its tree, and the numbers of its frames: by the nodes of the tree, and by hashing the frames of
 * a few groups. For one proof.
 */
final class GroupLeaves implements Tree.Subtrees {
  /**
   * The frames of a group.
   *
   * @param starts where they start, and behind the last one where it ends
   * @param leaves their hashes; null where zeros have none
   */
  private record Group(long[] starts, byte[][] leaves) {}

  private final Protected by;
  private final TreeNodes nodes;
  private final Tree tree;
  private final Blocks blocks;
  private final long size;
  private final long end;
  private final FrameLeaves frameLeaves;
  private final Map<Long, Group> groups = new HashMap<>();

  /** @param isNoted whether the notes are read first, so that a record whose deletion is under way is known */
  GroupLeaves(LogTree of, Blocks blocks, boolean isNoted) {
    this.by = of.by();
    this.nodes = of.nodes();
    this.tree = of.tree();
    this.blocks = blocks;
    this.size = of.size();
    this.end = of.end();
    this.frameLeaves = of.leaves(blocks);
    if (isNoted) frameLeaves.readNotes();
  }

  /** The number of the frame that starts at the offset; -1 if none does. */
  long indexOf(long offset) {
    long low = 0;
    long high = size >>> TreeNodes.GROUP_SHIFT;
    while (low < high) {
      long middle = low + high >>> 1;
      if (nodes.get(0, middle).end() <= offset) low = middle + 1;
      else high = middle;
    }
    Group group = group(low);
    if (group == null) return -1;
    int at = java.util.Arrays.binarySearch(group.starts, 0, group.leaves.length, offset);
    return at < 0 ? -1 : (low << TreeNodes.GROUP_SHIFT) + at;
  }

  /** Where the first frames of the log end, if there are that many; -1 if that can't be found. */
  long endOf(long frames) {
    if (frames == size) return end;
    Group group = group(frames >>> TreeNodes.GROUP_SHIFT);
    return group == null ? -1 : group.starts[(int) (frames & TreeNodes.GROUP - 1)];
  }

  byte[] leaf(long index) {
    Group group = group(index >>> TreeNodes.GROUP_SHIFT);
    return group == null ? null : group.leaves[(int) (index & TreeNodes.GROUP - 1)];
  }

  /** The root of the leaves from one to another, as the tree divides them. A part that can't be found has a root that proves nothing. */
  @Override
  public byte[] root(long from, long to) {
    long width = to - from;
    if (width < TreeNodes.GROUP) return rootOfLeaves(from, to);
    if (Long.bitCount(width) == 1) {
      int level = Long.numberOfTrailingZeros(width) - TreeNodes.GROUP_SHIFT;
      return nodes.get(level, from >>> level + TreeNodes.GROUP_SHIFT).root();
    }
    long middle = from + Long.highestOneBit(width);
    return tree.node(root(from, middle), root(middle, to));
  }

  private byte[] rootOfLeaves(long from, long to) {
    Frontier frontier = new Frontier(tree);
    for (long i = from; i < to; i++) {
      byte[] leaf = leaf(i);
      frontier.add(leaf == null ? new byte[Tree.HASH_BYTES] : leaf);
    }
    return frontier.root();
  }

  private Group group(long number) {
    return groups.computeIfAbsent(number, this::read);
  }

  /** Null if the frames are not there, since a node is wrong. */
  private Group read(long number) {
    int count = (int) Math.min(TreeNodes.GROUP, size - (number << TreeNodes.GROUP_SHIFT));
    long at = number == 0 ? 0 : nodes.get(0, number - 1).end();
    long[] starts = new long[count + 1];
    byte[][] leaves = new byte[count][];
    Window window = blocks.windowToScan();
    Framing framing = by.framing();
    for (int i = 0; i < count; i++) {
      Frame frame = at < 0 || at >= end ? null : FileScan.frameAt(framing, window, at, end);
      if (frame == null) return null;
      starts[i] = at;
      leaves[i] = frameLeaves.leaf(window, frame);
      at = frame.end();
    }
    window.release();
    starts[count] = at;
    return new Group(starts, leaves);
  }
}
