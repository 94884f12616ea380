package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.Stamp;
import java.io.IOException;

/** The checkpoint of a log that perhaps another process writes. Each method opens it, reads it and closes it. */
public final class WritersCheckpoint {
  private WritersCheckpoint() {}

  /** The current mark of the file, if the checkpoint is of this file; else null. */
  public static Mark markOf(LogPath log, Blocks blocks) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.openForReading(log, null)) {
      checkpoint.bind(blocks, log.stamp(), null);
      return checkpoint.believed();
    }
  }

  /** The end of the newest mark in the checkpoint, without a check of the file; -1 if there is none. */
  public static long markedEnd(LogPath log) throws IOException {
    try (Checkpoint checkpoint = Checkpoint.openForReading(log, null)) {
      return checkpoint.mark() == null ? -1 : checkpoint.mark().end();
    }
  }

  /**
   * How many records are present, by the checkpoint of a writer that has closed the log; -1 if the checkpoint does not tell it.
   *
   * @param file of the log
   * @param end up to where the reader sees the log
   */
  public static long count(LogPath log, ReadableFile file, long end) throws IOException {
    Stamp now = log.stamp();
    if (now.size() != end || !file.hasItsName()) return -1;
    try (Checkpoint closed = Checkpoint.openForReading(log, null)) {
      closed.bind(LogFiles.toScan(log.path(), file, end), now, null);
      long deleted = closed.deletedOf(now);
      return deleted < 0 || closed.believed().end() != end ? -1 : closed.believed().frames() - deleted;
    }
  }
}
