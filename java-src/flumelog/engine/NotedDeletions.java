package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.frame.Frame;
import flumelog.protect.Kind;
import java.util.List;

/**
 * Deletions in a protected log. A note of the records is on disk before the first of their bytes is overwritten, and the mark lies below
 * the note until all are overwritten. So the next open finishes what was interrupted. For the thread that has the writer's turn.
 */
final class NotedDeletions {
  private final ProtectedWriter writer;
  private final Blocks blocks;
  private final Watermark watermark;
  private final Durability durability;
  private final OwnFrames own;
  private final Counting counting;

  NotedDeletions(ProtectedWriter writer, Watermark watermark, OwnFrames own) {
    this.writer = writer;
    this.blocks = writer.blocks;
    this.watermark = watermark;
    this.durability = writer.durability;
    this.own = own;
    this.counting = writer.counting;
  }

  /** Overwrites the data of records that are present. A reader that sees the zeros can see the note. */
  void zero(List<Frame> records) {
    durability.makeDurable(records.stream().mapToLong(Frame::end).max().orElseThrow());
    long start = blocks.end();
    long end = writer.writeOwn(Kind.NOTE, own.note(writer.path(), records), true);
    long before = counting.begin();
    try {
      blocks.publish();
      own.published(new long[] {start}, end);
      watermark.set(watermark.offset(), end);
      writer.setHasLeftOver(false);
      for (Frame record : records) blocks.zero(record.data(), record.length());
      counting.end(before, records.size());
      counting.addOwn(1);
      durability.wrote(durability.withNote(end, start));
    } catch (Throwable t) {
      durability.fail(t);
      throw t;
    }
  }
}
