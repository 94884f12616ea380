package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Notes;
import flumelog.protect.Protected;
import java.nio.ByteBuffer;
import java.util.HashSet;
import java.util.Set;

/** The deleted records in a growing copy of a protected log of which no note in the copy tells yet. */
final class UnnotedZeros {
  private final Protected by;
  private final Framing framing;
  private long at;

  private final Set<Long> unnoted = new HashSet<>();

  /** @param from where the first frame of the copy starts that counts */
  UnnotedZeros(Protected by, long from) {
    this.by = by;
    this.framing = by.framing();
    this.at = from;
  }

  /**
   * Looks at what has come since the last call. Whether there are deleted records in it of which no note tells.
   *
   * <p>Zeros of an earlier call do not count any more: a note that is missing still is missing in the log.
   */
  boolean areNewIn(Blocks copy) {
    unnoted.clear();
    Window window = copy.windowToScan();
    for (long end = endOf(window, copy.end()); end >= 0; end = endOf(window, copy.end())) {
      int kind = (int) window.uint(Framing.dataStart(at), 1);
      if (kind == 0) unnoted.add(at);
      if (kind == Kind.NOTE) take(window, end);
      at = end;
    }
    window.release();
    return !unnoted.isEmpty();
  }

  private void take(Window window, long end) {
    window.coverUpwards(at, end - at);
    ByteBuffer note = by.opened(window, framing.frame(at, end));
    if (note == null) return;
    for (long offset : Notes.offsets(note)) unnoted.remove(offset);
  }

  /** The end of the frame, or -1. */
  private long endOf(Window window, long limit) {
    if (at >= limit) return -1;
    window.coverUpwards(at, Math.min(framing.overhead(), limit - at));
    return framing.endOf(window, at, limit);
  }
}
