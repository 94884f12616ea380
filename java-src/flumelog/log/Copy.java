package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.ClockCache;
import flumelog.error.RecordFailures;
import flumelog.file.LogFile;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.recovery.Mark;
import java.util.ArrayList;
import java.util.List;

/** Copies records into a new file, one behind the other, with one write for many. */
final class Copy {
  private static final int BYTES_AT_ONCE = 1 << 20;
  private static final int BLOCK_BYTES = 1 << 12;

  private final Blocks in;
  private final String path;
  private final String newPath;
  private final int maxBytes;
  private final Framing framing;
  private final Blocks out;
  private final FrameWriter writer;
  private final Progress progress;
  private final Progress steps;
  private final List<byte[]> batch = new ArrayList<>();
  private long batchBytes;
  private long frames;
  private long last = -1;
  private long end;

  /**
   * @param in the bytes of the log
   * @param path of the log
   * @param options how to read the log
   * @param newPath of the new file
   * @param framing of the new file
   */
  Copy(Blocks in, String path, LogOptions options, String newPath, LogFile file, Framing framing) {
    this.in = in;
    this.path = path;
    this.newPath = newPath;
    this.maxBytes = options.maxRecordBytes();
    this.framing = framing;
    this.out = new Blocks(newPath, file, BLOCK_BYTES, new ClockCache(0), 0);
    this.writer = new FrameWriter(framing, out);
    this.progress = options.progress();
    this.steps = Progress.inSteps(progress);
  }

  /** Adds a record. Returns its new offset. The record is in the file after {@link #finish} at the latest. */
  long add(Frame frame) {
    if (frame.length() > maxBytes) {
      throw RecordFailures.storedRecordTooLarge(path, frame.start(), frame.length(), maxBytes);
    }
    add(in.read(frame.data(), (int) frame.length()));
    passed(frame.end());
    return last;
  }

  /** Adds one deleted record of one byte: an empty file would not show its format. */
  void addDeleted() {
    add(new byte[1]);
  }

  private void add(byte[] data) {
    long bytes = framing.size(data.length);
    if (bytes > framing.maxEnd() - end) {
      throw RecordFailures.logTooLarge(newPath, end + bytes, framing.maxEnd(), framing.describe());
    }
    batch.add(data);
    last = end;
    end += bytes;
    batchBytes += bytes;
    frames++;
    if (batchBytes >= BYTES_AT_ONCE) writeBatch();
  }

  /** Reports that all bytes up to the position were read. */
  void passed(long position) {
    steps.at(position, in.end());
  }

  /** Writes the last batch. All added records are in the file afterwards. */
  void finish() {
    if (!batch.isEmpty()) writeBatch();
    progress.at(in.end(), in.end());
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
