package flumelog.frame;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/**
 * All whole frames of a file, also those behind damage. What is behind damage was found by a search, so this is for
 * looking into a damaged file and for saving what is in it, not for using it.
 */
public final class Scan {
  /** Told of what is found, in the order of positions. */
  public interface Visitor {
    void frame(Frame frame);

    /** No whole frame is in [from, to). */
    void skipped(long from, long to);
  }

  private Scan() {}

  public static void run(Framing framing, Blocks blocks, Visitor visitor) {
    long at = 0;
    while (at < blocks.end()) {
      Frame frame = framing.at(blocks, at, blocks.end());
      boolean isZero = frame == null && blocks.isZero(at, blocks.end() - at);
      if (frame == null && !isZero) frame = lookAgain(framing, blocks, at);
      if (frame != null) {
        visitor.frame(frame);
        at = frame.end();
      } else {
        long next = isZero ? -1 : framing.search(blocks, at + 1);
        visitor.skipped(at, next < 0 ? blocks.end() : next);
        at = next < 0 ? blocks.end() : next;
      }
    }
  }

  /** A writer may have written into its room since that was read: where there is something further on, here too. */
  private static Frame lookAgain(Framing framing, Blocks blocks, long at) {
    blocks.forget();
    return framing.at(blocks, at, blocks.end());
  }

  /**
   * The framing of a file: the one that reads most of it from its start. Where none reads more than one record there,
   * the one that finds most in all of it, and legacy only where no trailer names its place: one legacy frame is also
   * the beginning of any other.
   *
   * @throws LogException {@code :wrong-format} when none of those that are asked for finds a frame
   */
  public static Framing framingOf(String path, Blocks blocks, Predicate<Framing> asked) {
    List<Framing> framings = Recovery.FRAMINGS.stream().filter(asked).toList();
    Walk longest = framings.stream().map(framing -> Walk.from(framing, blocks))
        .max(Comparator.comparingLong(Walk::end)).orElseThrow();
    if (longest.frames() > 1 || longest.end() == blocks.end()) return longest.framing();
    return framings.stream().filter(framing -> bytesOfFrames(framing, blocks) > 0)
        .max(Comparator.<Framing>comparingInt(framing -> Math.min(1, framing.trailerBytes()))
            .thenComparingLong(framing -> bytesOfFrames(framing, blocks)))
        .orElseThrow(() -> LogException.wrongFormat(path, "has no good record", "none"));
  }

  private static long bytesOfFrames(Framing framing, Blocks blocks) {
    long[] bytes = {0};
    run(framing, blocks, new Visitor() {
      @Override
      public void frame(Frame frame) {
        bytes[0] += frame.end() - frame.start();
      }

      @Override
      public void skipped(long from, long to) {}
    });
    return bytes[0];
  }
}
