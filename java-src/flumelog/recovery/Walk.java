package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import flumelog.frame.Progress;

/**
 * A run of whole frames in a file, as one framing reads it.
 *
 * @param from where it begins
 * @param end position just past the run
 * @param last start of its last frame, or of the one before {@code from}; -1 when there is none
 * @param frames how many there are below {@code end}
 * @param landmarks some of their starts
 */
record Walk(Framing framing, long from, long end, long last, long frames, Landmarks landmarks) {
  static Walk from(Framing framing, Blocks blocks) {
    return from(framing, blocks, Progress.NONE);
  }

  static Walk from(Framing framing, Blocks blocks, Progress progress) {
    return from(framing, blocks, Long.MAX_VALUE, progress);
  }

  /** @param trusted the position above which a power loss may have left holes in data */
  static Walk from(Framing framing, Blocks blocks, long trusted, Progress progress) {
    return on(empty(framing), blocks, trusted, progress);
  }

  /** Walks on where a mark was set, without reading what is below. */
  static Walk from(Mark mark, Blocks blocks, long trusted, Progress progress) {
    Landmarks landmarks = Landmarks.from(mark.end());
    return on(new Walk(mark.framing(), mark.end(), mark.end(), mark.last(), mark.frames(), landmarks), blocks, trusted, progress);
  }

  /** What a person would call it. */
  String describe() {
    return framing.describe() + " up to " + end;
  }

  static Walk empty(Framing framing) {
    return new Walk(framing, 0, 0, -1, 0, new Landmarks());
  }

  private static Walk on(Walk walk, Blocks blocks, long trusted, Progress progress) {
    long size = blocks.end();
    long end = walk.end;
    long last = walk.last;
    long frames = walk.frames;
    Progress steps = Progress.inSteps(progress);
    Window window = blocks.windowToScan();
    for (long next = endOf(walk.framing, window, end); next >= 0; next = endOf(walk.framing, window, end)) {
      if (end >= trusted && walk.framing.frame(end, next).hasHole(window)) break;
      walk.landmarks.add(end);
      last = end;
      end = next;
      frames++;
      steps.at(end, size);
    }
    window.release();
    return new Walk(walk.framing, walk.from, end, last, frames, walk.landmarks);
  }

  /** Reads on in pieces of which long data is no part. */
  private static long endOf(Framing framing, Window window, long start) {
    window.coverUpwards(start, Math.min(framing.overhead(), window.end() - start));
    return framing.endOf(window, start, window.end());
  }
}
