package flumelog.log;

import flumelog.error.DiskFailures;
import flumelog.file.LogPath;
import flumelog.recovery.LogFiles;
import flumelog.recovery.MovedRuns;
import flumelog.recovery.MovesFile;
import java.io.IOException;
import java.util.List;

/** Where the records of a log in a file went. One compaction may have followed another. */
record CompactionMoves(String from, String to, List<MovedRuns> steps) implements Moves {
  /**
   * Reads the file beside the log.
   *
   * @param from the id that the log had
   * @param to the id of the log; null if it is empty
   * @return null if the file does not lead from one to the other
   */
  static CompactionMoves read(LogFiles files, String from, String to) {
    List<MovedRuns> steps = to == null ? null : MovesFile.read(files.log(), from, files.id());
    return steps == null ? null : new CompactionMoves(from, to, steps);
  }

  /** Deletes the file beside the log, if there is one. */
  static void drop(LogPath log) {
    try {
      if (log.folder().exists(log.moves())) log.folder().delete(log.moves());
    } catch (IOException e) {
      throw DiskFailures.io(log.path(), "removing the moves of", e);
    }
  }

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
