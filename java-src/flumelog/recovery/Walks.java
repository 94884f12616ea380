package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.frame.Framing;
import java.util.ArrayList;
import java.util.List;

/** The runs of whole frames from the start of a file, as all framings read it. */
final class Walks {
  private Walks() {}

  /** Those with a frame, the longest first. No streams: they would take a short program 6 ms to set up. */
  static List<Walk> longestFirst(Blocks blocks, long trusted, OpenRequest.Report report) {
    List<Walk> walks = new ArrayList<>();
    for (Framing framing : Recovery.FRAMINGS) {
      Walk walk = Walk.from(framing, blocks, trusted, report);
      int place = 0;
      while (place < walks.size() && walks.get(place).end() >= walk.end()) place++;
      if (walk.frames() > 0) walks.add(place, walk);
    }
    return walks;
  }
}
