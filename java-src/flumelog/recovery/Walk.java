package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import java.util.ArrayList;
import java.util.List;

/**
 * A run of whole frames in a file, as one framing reads it.
 *
 * @param from the start of the run
 * @param end the position just past the run
 * @param last start of its last frame, or of the frame before {@code from}; -1 if there is none
 * @param frames the number of frames below {@code end}
 * @param landmarks the starts of some of them
 */
record Walk(Framing framing, long from, long end, long last, long frames, Landmarks landmarks) {
  /** The least number of bytes between two reports. */
  static final long REPORT_BYTES = 1 << 20;

  static Walk from(Framing framing, Blocks blocks) {
    return from(framing, blocks, null);
  }

  static Walk from(Framing framing, Blocks blocks, OpenRequest.Report report) {
    return from(framing, blocks, Long.MAX_VALUE, report);
  }

  /** @param trusted above this position a power loss may have left holes in data */
  static Walk from(Framing framing, Blocks blocks, long trusted, OpenRequest.Report report) {
    return on(empty(framing), blocks, trusted, report);
  }

  /** Walks from a mark on, without reading the bytes below it. */
  static Walk from(Mark mark, Blocks blocks, long trusted, OpenRequest.Report report) {
    Landmarks landmarks = Landmarks.from(mark.end());
    return on(new Walk(mark.framing(), mark.end(), mark.end(), mark.last(), mark.frames(), landmarks), blocks, trusted, report);
  }

  /** The walks of all framings from the start of the file that find a frame, the longest first. */
  // start-up: no streams, which would take a short program 6 ms to set up.
  static List<Walk> longestFirst(Blocks blocks, long trusted, OpenRequest.Report report) {
    List<Walk> walks = new ArrayList<>();
    for (Framing framing : Recovery.FRAMINGS) {
      Walk walk = from(framing, blocks, trusted, report);
      int place = 0;
      while (place < walks.size() && walks.get(place).end >= walk.end) place++;
      if (walk.frames > 0) walks.add(place, walk);
    }
    return walks;
  }

  /** The same walk with another end, which lies at or below this one. */
  Walk endingAt(long position) {
    return new Walk(framing, from, position, last, frames, landmarks);
  }

  /** A text for error messages. */
  String describe() {
    return framing.describe() + " up to " + end;
  }

  static Walk empty(Framing framing) {
    return new Walk(framing, 0, 0, -1, 0, new Landmarks());
  }

  private static Walk on(Walk walk, Blocks blocks, long trusted, OpenRequest.Report report) {
    long size = blocks.end();
    long end = walk.end;
    long last = walk.last;
    long frames = walk.frames;
    long due = report == null ? Long.MAX_VALUE : REPORT_BYTES;
    Window window = blocks.windowToScan();
    for (long next = endOf(walk.framing, window, end); next >= 0; next = endOf(walk.framing, window, end)) {
      if (end >= trusted && walk.framing.frame(end, next).hasHole(window)) break;
      walk.landmarks.add(end);
      last = end;
      end = next;
      frames++;
      if (end >= due) {
        due = end + REPORT_BYTES;
        report.at(end, size);
      }
    }
    window.release();
    return new Walk(walk.framing, walk.from, end, last, frames, walk.landmarks);
  }

  /** The end of the frame that starts there, or -1. Reads only the frame's ends, not long data. */
  private static long endOf(Framing framing, Window window, long start) {
    window.coverUpwards(start, Math.min(framing.overhead(), window.end() - start));
    return framing.endOf(window, start, window.end());
  }
}
