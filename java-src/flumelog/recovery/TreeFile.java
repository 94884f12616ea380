package flumelog.recovery;

import flumelog.error.Diagnostics;
import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.protect.Frontier;
import flumelog.protect.Tree;
import flumelog.protect.TreeNodes;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file beside a sealed log with nodes of its tree, by which a log is opened and a proof is made without hashing all of the log. It may
 * be deleted at any time. Nothing in it is believed that does not lead to the root in a seal.
 *
 * <pre>
 *   file   := header, nodes at 4096
 *   header := "flumetr1" id(16) end(8) length(4) frontier crc(4)     the tree at the seal that begins at end
 *   node   := end(8) root(32)                                      as {@link TreeNodes} orders them
 * </pre>
 */
public final class TreeFile extends TreeNodes implements Closeable {
  private static final long MAGIC = 0x666c756d65747231L; // "flumetr1"
  private static final int NODES_AT = 1 << 12;
  private static final int NODE_BYTES = Long.BYTES + Tree.HASH_BYTES;
  private static final int FIXED_BYTES = 3 * Long.BYTES + Long.BYTES + Integer.BYTES;
  private static final int MOST_WAITING = 1 << 10;

  /**
   * What the header says.
   *
   * @param end where the seal begins, and with it the frames that are not in the tree
   * @param frontier of the frames below
   */
  record Sealed(long end, Frontier frontier) {}

  private final LogPath log;
  private final LogId id;
  /** False if the log is opened for reading, and after a failed write. Then new nodes stay in memory. */
  private boolean isWritable;
  /** Null if there is no file, or none that can be read or written. */
  private ReadableFile file;
  /** How many of the nodes are in the file. Those behind are in memory. */
  private long written;

  private TreeFile(LogPath log, LogId id) {
    this.log = log;
    this.id = id;
  }

  /** The file of a log, which need not be there. Nothing is written to it until {@link #startWriting}. */
  static TreeFile open(LogPath log, LogId id) {
    TreeFile tree = new TreeFile(log, id);
    if (!log.folder().exists(log.tree())) return tree;
    try {
      tree.file = log.folder().openForReading(log.tree());
    } catch (IOException e) {
      tree.warn(e);
    }
    return tree;
  }

  /** From here on new nodes are written. */
  void startWriting() {
    isWritable = true;
  }

  private LogFile toWrite() throws IOException {
    if (file instanceof LogFile opened) return opened;
    ReadableFile read = file;
    LogFile opened = log.folder().openBeside(log.tree(), log.name());
    file = opened;
    if (read != null) read.close();
    return opened;
  }

  /** The contents of the header; null if the file has no header of this log. */
  Sealed sealed() {
    if (file == null) return null;
    try {
      ByteBuffer in = ByteBuffer.allocate(NODES_AT);
      int read = file.readAt(0, in);
      return read < FIXED_BYTES + Integer.BYTES ? null : sealed(in.flip(), read);
    } catch (IOException e) {
      warn(e);
      return null;
    }
  }

  private Sealed sealed(ByteBuffer in, int read) {
    boolean isOfLog = in.getLong() == MAGIC && in.getLong() == id.high() && in.getLong() == id.low();
    long end = in.getLong();
    int length = in.getInt();
    if (!isOfLog || end < 0 || length < 0 || length > read - FIXED_BYTES - Integer.BYTES) return null;
    byte[] frontier = new byte[length];
    in.get(frontier);
    if (in.getInt() != Slot.crc(in.duplicate().flip().limit(FIXED_BYTES + length))) return null;
    Frontier found = Frontier.of(new Tree(), frontier);
    return found == null ? null : new Sealed(end, found);
  }

  /** From here on the first nodes are those in the file, and no others are there. */
  void begin(long count) {
    cutTo(0);
    written = count;
  }

  /** A file of the same log that is not there. */
  TreeFile withoutFile() {
    return new TreeFile(log, id);
  }

  /** From here on the nodes are those that the other one has in memory. */
  void replaceBy(TreeFile other) {
    begin(0);
    for (Node node : other.inMemory()) add(node);
  }

  @Override
  protected Node get(long number) {
    return number < written ? read(number) : super.get(number - written);
  }

  private Node read(long number) {
    ByteBuffer node = ByteBuffer.allocate(NODE_BYTES);
    try {
      file.readAt(NODES_AT + number * NODE_BYTES, node);
    } catch (IOException e) {
      warn(e);                       // the proof that is made of it does not hold, and the log is read instead
    }
    byte[] root = new byte[Tree.HASH_BYTES];
    long end = node.flip().remaining() < NODE_BYTES ? 0 : node.getLong();
    if (node.remaining() == root.length) node.get(root);
    return new Node(end, root);
  }

  @Override
  public void add(Node node) {
    super.add(node);
    if (isWritable && inMemory().size() >= MOST_WAITING) write();
  }

  /** Writes the state of the tree at a seal. A log of few frames has no file. */
  void seal(long end, Frontier frontier) {
    if (!isWritable || written + inMemory().size() == 0 || !write()) return;
    byte[] bytes = frontier.bytes();
    ByteBuffer header = ByteBuffer.allocate(FIXED_BYTES + bytes.length + Integer.BYTES);
    header.putLong(MAGIC).putLong(id.high()).putLong(id.low()).putLong(end).putInt(bytes.length).put(bytes);
    header.putInt(Slot.crc(header.duplicate().flip()));
    try {
      toWrite().overwrite(0, header.flip());
    } catch (IOException | RuntimeException e) {
      giveUp(e);
    }
  }

  /** Writes the nodes that wait. If that fails, they stay in memory. */
  private boolean write() {
    try {
      ByteBuffer out = ByteBuffer.allocate(inMemory().size() * NODE_BYTES);
      for (Node node : inMemory()) out.putLong(node.end()).put(node.root());
      if (out.flip().hasRemaining()) toWrite().overwrite(NODES_AT + written * NODE_BYTES, out);
      written += inMemory().size();
      cutTo(0);
      return true;
    } catch (IOException | RuntimeException e) {
      giveUp(e);
      return false;
    }
  }

  private void giveUp(Exception e) {
    isWritable = false;
    warn(e);
  }

  private void warn(Exception e) {
    Diagnostics.write(System.Logger.Level.WARNING, log.pathOf(log.tree()) + ", which the log can do without, can't be read or written", e);
  }

  @Override
  public void close() throws IOException {
    if (file != null) file.close();
  }
}
