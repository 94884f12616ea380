package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import java.util.HashMap;
import java.util.Map;

/** The leaves of deleted records, from the notes of a sealed log. The notes are read once, up to a position. For one thread at a time. */
final class NotedLeaves {
  private final Map<Long, byte[]> leaves = new HashMap<>();
  private long end;

  /** The leaf of the record that starts there; null if no note that was read tells of it. */
  byte[] of(long start) {
    return leaves.get(start);
  }

  /** The leaves in notes behind those that were read. */
  NotedLeaves behind() {
    NotedLeaves behind = new NotedLeaves();
    behind.end = end;
    return behind;
  }

  /** Reads the notes in the blocks that were not read before. */
  void readAll(Protected by, Blocks blocks) {
    if (end >= blocks.end()) return;
    Window window = blocks.windowToScan();
    Framing framing = by.framing();
    long limit = blocks.end();
    while (end < limit) {
      window.coverUpwards(end, Math.min(framing.overhead() + 1, limit - end));
      long frameEnd = framing.endOf(window, end, limit);
      if (frameEnd < 0) break;
      if (window.uint(Framing.dataStart(end), 1) == Kind.NOTE) read(by, window, framing.frame(end, frameEnd));
      end = frameEnd;
    }
    window.release();
  }

  private void read(Protected by, Window window, Frame note) {
    window.coverUpwards(note.start(), note.end() - note.start());
    if (by.kindOf(window, note) != Kind.NOTE) return;
    long[] offsets = by.noted(window, note);
    byte[][] told = by.notedLeaves(window, note);
    for (int i = 0; i < offsets.length; i++) if (offsets[i] < note.start()) leaves.putIfAbsent(offsets[i], told[i]);
  }
}
