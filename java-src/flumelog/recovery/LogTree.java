package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.error.FormatFailures;
import flumelog.file.LogPath;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Frontier;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.protect.Tree;
import flumelog.protect.TreeHead;
import flumelog.protect.TreeNodes;
import java.io.Closeable;
import java.io.IOException;
import java.lang.ref.SoftReference;
import java.util.Arrays;
import java.util.function.Supplier;

/**
 * The tree over the frames of a sealed log, up to a position. It grows with the log, and tells the root at each size that it had. For
 * one thread at a time.
 */
public final class LogTree implements Closeable {
  private static final int FEW_BYTES = 1 << 12;

  private final String path;
  private final Protected by;
  private final TreeFile nodes;
  /** All blocks of the log as they are when it is asked; null if nobody else writes the log. */
  private final Supplier<Blocks> now;
  private final Tree tree = new Tree();
  private Frontier frontier = new Frontier(tree);
  private SoftReference<NotedLeaves> noted = new SoftReference<>(new NotedLeaves());
  /** The latest time of a state that was told. */
  private long latest;
  private long end;
  /** Where the last seal begins, and what it says; null if there is none. */
  private TreeHead lastSeal;

  private LogTree(String path, Protected by, TreeFile nodes, Supplier<Blocks> now) {
    this.path = path;
    this.now = now;
    this.by = by;
    this.nodes = nodes;
  }

  /**
   * The tree of all frames of the blocks. It begins with what the side file says, if a seal confirms that.
   *
   * @param readsAll whether all frames are hashed, whatever the side file says
   * @param now gives all blocks of the log as they are when it is asked; null if nobody else writes the log
   */
  static LogTree of(LogPath log, Protected by, Blocks blocks, Recovery found, boolean readsAll, Supplier<Blocks> now) {
    LogTree tree = new LogTree(log.path(), by, TreeFile.open(log, LogId.of(by.head())), now);
    boolean isDeleting = found.proved() != null && found.proved().noted().length > 0;
    if (readsAll || !tree.beginsAtSeal(blocks, blocks.end())) tree.beginAnew();
    tree.growTo(blocks, blocks.end(), isDeleting);
    return tree;
  }

  /** A tree that has grown with the log of another process; a new one, if that log was cut back. */
  static LogTree grown(LogTree tree, LogPath log, Protected by, Blocks blocks, Recovery found, Supplier<Blocks> now) throws IOException {
    if (tree != null && tree.end <= blocks.end()) {
      tree.growTo(blocks, blocks.end(), true);
      return tree;
    }
    if (tree != null) tree.close();
    return of(log, by, blocks, found, false, now);
  }

  private boolean beginsAtSeal(Blocks blocks, long to) {
    TreeFile.Sealed sealed = nodes.sealed();
    if (sealed == null || sealed.end() >= to) return false;
    Window window = blocks.windowToLookUp();    // start-up: reads the seal, and no block around it
    Frame frame = FileScan.frameAt(by.framing(), window, sealed.end(), to);
    if (frame == null || by.kindOf(window, frame) != Kind.SEAL) return false;
    TreeHead said = by.sealed(window, frame);
    if (!says(said, sealed.end(), sealed.frontier())) return false;
    frontier = sealed.frontier();
    end = sealed.end();
    nodes.begin(TreeNodes.countOf(frontier.size()));
    return true;
  }

  private void beginAnew() {
    frontier = new Frontier(tree);
    end = 0;
    lastSeal = null;
    nodes.begin(0);
  }

  private static boolean says(TreeHead seal, long start, Frontier frontier) {
    return seal != null && seal.end() == start && seal.size() == frontier.size() && Arrays.equals(seal.root(), frontier.root());
  }

  /** Hashes the frames up to a position, and compares the seals among them. */
  private void growTo(Blocks blocks, long to, boolean isDeleting) {
    if (end == to) return;
    FrameLeaves leaves = leaves(blocks);
    if (isDeleting) leaves.readNotes();
    // start-up: after a clean close only the last seal is read.
    Window window = to - end <= FEW_BYTES ? blocks.windowToLookUp() : blocks.windowToScan();
    while (end < to) {
      Frame frame = frameAt(window, end, to);
      byte[] leaf = now == null ? leaves.leaf(window, frame) : leaves.provedLeaf(window, frame);
      if (leaf == null) throw unproved(window, frame);
      if (window.uint(frame.data(), 1) == Kind.SEAL) sealed(window, frame);
      add(leaf, frame.end());
    }
    window.release();
  }

  private RuntimeException unproved(Window window, Frame frame) {
    return by.kindOf(window, frame) == Kind.DELETED
        ? FormatFailures.unproved(path, end, Proved.UNNOTED, "it is all zeros, and no note says that it was deleted")
        : FormatFailures.unproved(path, end, Proved.CHECKSUM, "its checksum is wrong");
  }

  private Frame frameAt(Window window, long start, long limit) {
    Frame frame = FileScan.frameAt(by.framing(), window, start, limit);
    if (frame == null) throw FormatFailures.corrupt(path, start, "its lengths or its trailer don't agree");
    return frame;
  }

  private void sealed(Window window, Frame frame) {
    TreeHead said = by.kindOf(window, frame) == Kind.SEAL ? by.sealed(window, frame) : null;
    if (!says(said, frame.start(), frontier)) {
      throw FormatFailures.unproved(path, frame.start(), Proved.ROOT,
          "it is a seal, and what lies before it is not what was sealed; verify tells more");
    }
    lastSeal = said;
  }

  /** Takes note of a frame that was appended. */
  public void add(byte[] leaf, long frameEnd) {
    end = frameEnd;
    boolean completesGroup = (frontier.size() + 1 & TreeNodes.GROUP - 1) == 0;
    frontier.add(leaf, completesGroup ? this::addNode : null);
  }

  private void addNode(int level, byte[] root) {
    if (level >= TreeNodes.GROUP_SHIFT) nodes.add(new TreeNodes.Node(end, root.clone()));
  }

  /** Takes note of a seal that was appended, before its frame is added. */
  public void addSeal(TreeHead seal) {
    nodes.seal(seal.end(), frontier);
    lastSeal = seal;
  }

  /** The state of the tree now. */
  public TreeHead state() {
    latest = Math.max(System.currentTimeMillis(), lastSeal == null ? latest : Math.max(latest, lastSeal.time()));
    return new TreeHead(frontier.size(), end, frontier.root(), latest, null);
  }

  /** The head in the last seal; null if there is none. */
  public TreeHead lastSeal() {
    return lastSeal;
  }

  /** How many frames lie behind the last seal. */
  public long unsealed() {
    return lastSeal == null ? frontier.size() : frontier.size() - lastSeal.size() - 1;
  }

  public long size() {
    return frontier.size();
  }

  public long end() {
    return end;
  }

  /**
   * Reads all of the log again, since the nodes lead to another root than they should.
   *
   * @throws flumelog.error.LogException {@code CORRUPT} if the log is not what it was; then the tree stays as it is
   */
  void readAgain(Blocks blocks) {
    LogTree again = new LogTree(path, by, nodes.withoutFile(), now);
    again.growTo(blocks, end, true);
    if (!Arrays.equals(again.frontier.root(), frontier.root())) {
      throw FormatFailures.unproved(path, lastSeal == null ? 0 : lastSeal.end(), Proved.ROOT,
          "what lies behind it is not what was appended; verify tells more");
    }
    nodes.replaceBy(again.nodes);
  }

  /** The leaves of the frames of the blocks. */
  FrameLeaves leaves(Blocks blocks) {
    return new FrameLeaves(by, blocks, now, noted());
  }

  /** The leaves in the notes that were read. Their memory is given back when memory is short. */
  private NotedLeaves noted() {
    NotedLeaves known = noted.get();
    if (known == null) noted = new SoftReference<>(known = new NotedLeaves());
    return known;
  }

  Protected by() {
    return by;
  }

  String path() {
    return path;
  }

  TreeNodes nodes() {
    return nodes;
  }

  Tree tree() {
    return tree;
  }

  /** From here on the side file is kept up to date. */
  void startWriting() {
    nodes.startWriting();
  }

  /** Closes the side file. */
  @Override
  public void close() throws IOException {
    nodes.close();
  }

  @Override
  public String toString() {
    return "LogTree[" + frontier.size() + " frames to " + end + "]";
  }
}
