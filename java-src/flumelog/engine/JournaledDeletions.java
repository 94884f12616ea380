package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.DiskFailures;
import flumelog.frame.Frame;
import flumelog.recovery.Deletions;
import flumelog.recovery.LogFiles;
import java.io.IOException;
import java.util.List;

/**
 * Deletions in a log that is not protected. What is to be overwritten is on disk in {@code <log>.deletions} before the first byte is, so
 * the next open finishes what was interrupted. For the thread that has the writer's turn.
 */
record JournaledDeletions(LogFiles files, Blocks blocks, Durability durability, Counting counting) {
  /** Overwrites the data of records that are present with zeros. */
  void zero(List<Frame> records) {
    durability.makeDurable(records.stream().mapToLong(Frame::end).max().orElseThrow());
    journal(records);
    long before = counting.begin();
    try {
      for (Frame record : records) blocks.zero(record.data(), record.length());
      counting.end(before, records.size());
      durability.wrote(durability.withOverwrite());
    } catch (Throwable t) {
      // A part of the data may be zeros by now. The next open finishes the deletion.
      durability.fail(t);
      throw t;
    }
  }

  private void journal(List<Frame> records) {
    Deletions journal = files.deletions();
    try {
      if (journal.isFull()) durability.force();
      journal.intend(durability.progress().writes() + 1, blocks, records);
    } catch (IOException e) {
      throw DiskFailures.io(files.path() + ".deletions", "writing", e);
    }
  }
}
