package flumelog.log;

import flumelog.recovery.MovedRuns;
import java.util.List;

/** Where the records of a log in a file went. One compaction may have followed another. */
record CompactionMoves(String from, String to, List<MovedRuns> steps) implements Moves {
  @Override
  public long newOffset(long old) {
    long offset = old;
    for (MovedRuns step : steps) {
      offset = step.newOffset(offset);
      if (offset < 0) return -1;
    }
    return offset;
  }

  @Override
  public String toString() {
    return "moves from " + from + " to " + to;
  }
}
