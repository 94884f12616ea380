package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.protect.Tree;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * The leaves of the frames of a sealed log: the hash of the data, or for a deleted record what its note says. The notes are looked for
 * when the first deleted record is met. For one thread at a time.
 */
public final class FrameLeaves {
  private final Protected by;
  private final Blocks blocks;
  private final Tree tree = new Tree();
  /** The leaves of the records of which notes tell; null until they are looked for. */
  private Map<Long, byte[]> noted;
  private long notesUpTo;

  public FrameLeaves(Protected by, Blocks blocks) {
    this.by = by;
    this.blocks = blocks;
  }

  /** The leaf of a frame whose data the window has; null if it is zeros of which no note tells. */
  public byte[] leaf(Window window, Frame frame) {
    boolean isZero = frame.length() == 0 || window.uint(frame.data(), 1) == 0;
    byte[] told = isZero || noted != null ? noted(frame.start(), isZero) : null;
    return told != null ? told : isZero ? null : hash(window, frame);
  }

  /** The hash of the data as it is. */
  public byte[] hash(Window window, Frame frame) {
    int length = (int) frame.length();
    ByteBuffer data = window.view(frame.data(), length);
    if (data != null) return tree.leaf(frame.start(), data);
    byte[] copy = window.read(frame.data(), length);
    return tree.leaf(frame.start(), copy, 0, length);
  }

  /** What a note says of the frame; null if none does. If it must be there, notes that have come meanwhile are read. */
  public byte[] noted(long start, boolean mustBe) {
    byte[] leaf = noted == null ? null : noted.get(start);
    if (leaf != null || !mustBe || noted != null && notesUpTo == blocks.end()) return leaf;
    readNotes();
    return noted.get(start);
  }

  /** From here on also a record that is not yet zeros has the leaf that its note says. */
  public void readNotes() {
    Map<Long, byte[]> found = noted == null ? new HashMap<>() : new HashMap<>(noted);
    Window window = blocks.windowToScan();
    Framing framing = by.framing();
    long limit = blocks.end();
    long end;
    for (long at = notesUpTo; at < limit; at = end) {
      window.coverUpwards(at, Math.min(framing.overhead() + 1, limit - at));
      end = framing.endOf(window, at, limit);
      if (end < 0) break;
      if (window.uint(Framing.dataStart(at), 1) == Kind.NOTE) read(window, framing.frame(at, end), found);
    }
    window.release();
    notesUpTo = limit;
    noted = found;
  }

  private void read(Window window, Frame note, Map<Long, byte[]> found) {
    window.coverUpwards(note.start(), note.end() - note.start());
    if (by.kindOf(window, note) != Kind.NOTE) return;
    long[] offsets = by.noted(window, note);
    byte[][] leaves = by.notedLeaves(window, note);
    for (int i = 0; i < offsets.length; i++) if (offsets[i] < note.start()) found.putIfAbsent(offsets[i], leaves[i]);
  }
}
