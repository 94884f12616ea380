package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.frame.Framing;
import flumelog.recovery.Anchor;
import flumelog.recovery.Mark;
import java.util.concurrent.TimeUnit;

/**
 * What a follower remembers of frames that it has taken in, to see whether the file still has them: the first frame, the last one,
 * and two further down, to which it can go back when its writer has cut off the last ones. For one thread at a time.
 */
final class Anchors {
  /** A write that is cut back took less time than this, so an anchor that is older is not of one of its records. */
  private static final long WRITE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Framing framing;
  /** Null while no frame was taken in. */
  private Anchor first;
  private Anchor last;
  /** The frame that was the last one at {@code keptNanos}, and the one kept before it. After a new start both are the last frame. */
  private Anchor kept;
  private Anchor keptBefore;
  private long keptNanos;

  Anchors(Framing framing) {
    this.framing = framing;
  }

  /** Forgets all, and remembers the first and the last frame of the file. */
  void startAgain(Blocks bytes, long lastStart, long end, long now) {
    first = Anchor.ofFirst(framing, bytes);
    last = Anchor.of(framing, bytes, lastStart, end);
    kept = last;
    keptBefore = last;
    keptNanos = now;
  }

  /** The frames up to the last one, which has these bounds, were taken in. */
  void moveTo(Blocks bytes, long lastStart, long end, long now) {
    last = Anchor.of(framing, bytes, lastStart, end);
    if (first == null) first = Anchor.ofFirst(framing, bytes);
    if (now - keptNanos < WRITE_NANOS) return;
    keptNanos = now;
    keptBefore = kept;
    kept = last;
  }

  /** The start of the last frame; -1 if there is none. */
  long lastStart() {
    return last == null ? -1 : last.start();
  }

  /** Whether the bytes have the last frame where it was. */
  boolean isLastIn(Blocks bytes) {
    return last == null || last.fits(framing, bytes);
  }

  /** Whether the bytes, of another file, are of the same log. */
  boolean isSameLog(Blocks bytes) {
    return last == null || bytes.end() >= last.end() && first.fits(framing, bytes) && last.fits(framing, bytes);
  }

  /** The highest place from which the bytes can be read on; null for their start. The mark is that of the log's writer, or null. */
  Anchor placeStillIn(Blocks bytes, Mark mark, long seenEnd) {
    if (kept != null && kept.fits(framing, bytes)) return kept;
    if (keptBefore != null && keptBefore.fits(framing, bytes)) return keptBefore;
    boolean isKnown = mark != null && mark.end() > 0 && mark.end() <= Math.min(bytes.end(), seenEnd)
        && mark.framing().describe().equals(framing.describe());
    return isKnown ? Anchor.of(framing, bytes, mark.last(), mark.end()) : null;
  }
}
