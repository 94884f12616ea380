package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.ClockCache;
import flumelog.error.RecordFailures;
import flumelog.file.LogFile;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.recovery.Mark;
import java.util.ArrayList;
import java.util.List;

/** Writes records into a new file, one behind the other, with one write for many. */
final class RecordWriter {
  private static final int BYTES_AT_ONCE = 1 << 20;
  private static final int BLOCK_BYTES = 1 << 12;

  private final String path;
  private final Framing framing;
  private final Blocks out;
  private final FrameWriter writer;
  private final List<byte[]> batch = new ArrayList<>();
  private long batchBytes;
  private long frames;
  private long last = -1;
  private long end;

  /**
   * @param path of the new file
   * @param framing of the new file
   */
  RecordWriter(String path, LogFile file, Framing framing) {
    this.path = path;
    this.framing = framing;
    this.out = new Blocks(path, file, BLOCK_BYTES, new ClockCache(0), 0);
    this.writer = new FrameWriter(framing, out);
  }

  /** Adds a record. Returns its offset. The record is in the file after {@link #finish} at the latest. */
  long add(byte[] data) {
    long bytes = framing.size(data.length);
    if (bytes > framing.maxEnd() - end) {
      throw RecordFailures.logTooLarge(path, end + bytes, framing.maxEnd(), framing.describe());
    }
    batch.add(data);
    last = end;
    end += bytes;
    batchBytes += bytes;
    frames++;
    if (batchBytes >= BYTES_AT_ONCE) writeBatch();
    return last;
  }

  /** Writes the last batch. All added records are in the file afterwards. */
  void finish() {
    if (!batch.isEmpty()) writeBatch();
  }

  private void writeBatch() {
    writer.write(batch.toArray(new byte[0][]), end - batchBytes, batchBytes);
    out.publish();
    batch.clear();
    batchBytes = 0;
  }

  long frames() {
    return frames;
  }

  long end() {
    return end;
  }

  /** The mark of the new file, valid when the file is on disk. */
  Mark mark() {
    return new Mark(framing, end, last, frames, false, false, false, 0, true);
  }
}
