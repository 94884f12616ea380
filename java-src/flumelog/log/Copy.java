package flumelog.log;

import flumelog.block.Blocks;
import flumelog.error.RecordFailures;
import flumelog.file.LogFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.recovery.Mark;

/** Copies frames of a file into a new one, with their data as it is. */
final class Copy {
  private final Blocks in;
  private final String path;
  private final int maxBytes;
  private final RecordWriter out;
  private final Meter meter;

  /**
   * @param in the bytes of the log
   * @param path of the log
   * @param options how to read the log
   * @param phase what is told as {@link ProgressReport#phase}
   * @param newPath of the new file
   * @param framing of the new file
   */
  Copy(Blocks in, String path, LogOptions options, String phase, String newPath, LogFile file, Framing framing) {
    this.in = in;
    this.path = path;
    this.maxBytes = options.maxRecordBytes();
    this.out = new RecordWriter(newPath, file, framing);
    this.meter = new Meter(options.progress(), phase);
  }

  /** Adds a record. Returns its new offset. The record is in the file after {@link #finish} at the latest. */
  long add(Frame frame) {
    if (frame.length() > maxBytes) {
      throw RecordFailures.storedRecordTooLarge(path, frame.start(), frame.length(), maxBytes);
    }
    long offset = out.add(in.read(frame.data(), (int) frame.length()));
    passed(frame.end());
    return offset;
  }

  /** Adds one deleted record of one byte: an empty file would not show its format. */
  void addDeleted() {
    out.add(new byte[1]);
  }

  /** Reports that all bytes up to the position were read. */
  void passed(long position) {
    meter.at(position, in.end());
  }

  /** Writes the last batch. All added records are in the file afterwards. */
  void finish() {
    out.finish();
    meter.end(in.end());
  }

  long frames() {
    return out.frames();
  }

  long end() {
    return out.end();
  }

  /** The mark of the new file, valid when the file is on disk. */
  Mark mark() {
    return out.mark();
  }
}
