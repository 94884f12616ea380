package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.protect.Kind;
import java.util.List;

/**
 * Deletions in a protected log. A note of the records is on disk before the first of their bytes is overwritten, and the mark lies below
 * the note until all are overwritten. So the next open finishes what was interrupted. For the thread that has the writer's turn.
 */
final class NotedDeletions {
  private final Writer writer;
  private final Blocks blocks;
  private final Watermark watermark;
  private final Durability durability;
  private final FrameWriter frames;
  private final SealedWrites sealed;
  private final Counting counting;

  NotedDeletions(Writer writer, Blocks blocks, Watermark watermark, Durability durability, FrameWriter frames, SealedWrites sealed,
      Counting counting) {
    this.writer = writer;
    this.blocks = blocks;
    this.watermark = watermark;
    this.durability = durability;
    this.frames = frames;
    this.sealed = sealed;
    this.counting = counting;
  }

  /** Overwrites the data of records that are present. Whoever sees the zeros can see the note. */
  void zero(List<Frame> records) {
    durability.makeDurable(records.stream().mapToLong(Frame::end).max().orElseThrow());
    long start = blocks.end();
    long end = appendNote(records, start);
    long before = counting.begin();
    try {
      blocks.publish();
      sealed.published(new long[] {start}, end);
      watermark.set(watermark.offset(), end);
      writer.endAppending();
      for (Frame record : records) blocks.zero(record.data(), record.length());
      counting.end(before, records.size());
      counting.addOwn(1);
      durability.wrote(durability.withNote(end, start));
    } catch (Throwable t) {
      durability.fail(t);
      throw t;
    }
  }

  /** Appends and forces a note of the records. Nobody sees it yet. Returns where it ends. */
  private long appendNote(List<Frame> records, long start) {
    byte[] note = sealed.note(writer.path(), records);
    long bytes = sealed.sizeOfOwn(note);
    writer.checkFits(start, bytes);
    writer.beginAppending();
    try {
      frames.writeSealed(new byte[][] {note}, new byte[] {(byte) Kind.NOTE}, start, bytes);
      durability.forceNote();
      writer.addLandmarks(new long[] {start});
    } catch (Throwable t) {
      if (durability.failure() == null) writer.cutBack(t);
      throw t;
    }
    return start + bytes;
  }
}
