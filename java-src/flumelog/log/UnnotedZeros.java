package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.error.FormatFailures;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/** The deleted records in a protected log, or in a growing copy of one, of which no note in it tells yet. */
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

  /** Throws if a record of the log was lost: if it is all zeros, and no note says that it was deleted. */
  static void refuse(LogFiles files, Blocks log) {
    if (files.protection() == null) return;
    UnnotedZeros zeros = new UnnotedZeros(files.protection(), 0);
    if (!zeros.areNewIn(log)) return;
    throw FormatFailures.unproved(files.path(), Collections.min(zeros.unnoted), ":unnoted",
        "it is all zeros, and no note says that it was deleted; salvage copies what is whole");
  }

  private void take(Window window, long end) {
    window.coverUpwards(at, end - at);
    Frame note = framing.frame(at, end);
    if (by.opened(window, note) == null) return;
    for (long offset : by.noted(window, note)) unnoted.remove(offset);
  }

  /** The end of the frame, or -1. */
  private long endOf(Window window, long limit) {
    if (at >= limit) return -1;
    window.coverUpwards(at, Math.min(framing.overhead(), limit - at));
    return framing.endOf(window, at, limit);
  }
}
