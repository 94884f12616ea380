package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.util.Comparator;
import java.util.List;

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

  /** @param trusted the position above which a frame may have lost a sector of its data, and is then no whole one */
  public static void run(Framing framing, Blocks blocks, long trusted, Visitor visitor) {
    long at = 0;
    while (at < blocks.end()) {
      Frame frame = framing.at(blocks, at, blocks.end());
      boolean isZero = frame == null && blocks.isZero(at, blocks.end() - at);
      if (frame == null && !isZero) frame = lookAgain(framing, blocks, at);
      if (frame != null) {
        if (at >= trusted && frame.hasHole(blocks)) visitor.skipped(at, frame.end());
        else visitor.frame(frame);
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
   * the beginning of any other. A file without any may be an empty log all the same, by the rule that holds for all.
   *
   * @param mark up to where the file was known to be durable, or null
   * @throws LogException {@code :wrong-format} when none of those that are asked for finds a frame, and it is no empty log
   */
  public static Framing framingOf(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    List<Framing> framings = Recovery.FRAMINGS.stream().filter(request.allowed()).toList();
    Walk longest = framings.stream().map(framing -> Walk.from(framing, blocks))
        .max(Comparator.comparingLong(Walk::end)).orElseThrow();
    if (longest.frames() > 1 || longest.end() == blocks.end()) return longest.framing();
    return framings.stream().filter(framing -> bytesOfFrames(framing, blocks) > 0)
        .max(Comparator.comparing(Framing::hasTrailer)
            .thenComparingLong(framing -> bytesOfFrames(framing, blocks)))
        .orElseGet(() -> Recovery.inspect(path, blocks, mark, boot, request).framing());
  }

  private static long bytesOfFrames(Framing framing, Blocks blocks) {
    long[] bytes = {0};
    run(framing, blocks, Long.MAX_VALUE, new Visitor() {
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
