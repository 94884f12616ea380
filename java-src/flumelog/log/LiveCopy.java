package flumelog.log;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.file.LogFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import flumelog.recovery.MovesWriter;
import java.io.IOException;

/** Copies the records of a log that are present to a new file. The envelopes of protected records are made anew. */
final class LiveCopy {
  /** Hears of each record that was copied, and of its offset in the new file. */
  interface Copied {
    void record(Frame frame, long to) throws IOException;

    /** Whether the heads of a protected log stay where they are between its records. If not, new ones are written. */
    default boolean keepsHeads() {
      return false;
    }

    default void head(Frame frame) throws IOException {}
  }

  /** The old and the new offset of each record, and a step of moves that tells the same. */
  record ToMoves(MovesWriter step, Rewrite.Moved moved) implements Copied {
    @Override
    public void record(Frame frame, long to) throws IOException {
      moved.record(frame.start(), to);
      step.stays(frame.start(), frame.end());
    }

    @Override
    public boolean keepsHeads() {
      return true;
    }

    @Override
    public void head(Frame frame) throws IOException {
      step.stays(frame.start(), frame.end());
    }
  }

  private LiveCopy() {}

  /** Whether the log has a deleted record, other than the single one that only shows the format. */
  static boolean isWorthIt(LogFiles files, Meter meter) {
    Framing framing = files.found().framing();
    Blocks blocks = blocks(files);
    if (blocks.end() == framing.size(1)) return false;
    Frame frame;
    for (long at = 0; at < blocks.end(); at = frame.end()) {
      frame = frameAt(files, framing, blocks, at);
      if (framing.isDeleted(blocks, frame)) return true;
      meter.at(frame.end(), blocks.end());
    }
    meter.end(blocks.end());
    return false;
  }

  static Copy run(LogFiles files, LogFile file, String newPath, Framing target, Protected by, LogOptions options,
      Copied copied) throws IOException {
    Framing framing = files.found().framing();
    Blocks blocks = blocks(files);
    UnnotedZeros.refuse(files, blocks);
    Copy copy = new Copy(blocks, files.path(), options, "copying", newPath, file, target, files.protection(), by);
    Frame frame;
    for (long at = 0; at < blocks.end(); at = frame.end()) {
      frame = frameAt(files, framing, blocks, at);
      if (copy.isDeleted(framing, frame)) copy.passDeleted(frame.end());
      else if (copy.isOwn(frame)) copyHead(copy, frame, by, copied);
      else copied.record(frame, copy.add(frame, !copied.keepsHeads()));
    }
    if (by == null && copy.frames() == 0 && blocks.end() > 0) copy.addDeleted();
    copy.finish();
    return copy;
  }

  /** The new file begins with a head anyway. Notes are left out, as are the records that they tell of. */
  private static void copyHead(Copy copy, Frame frame, Protected by, Copied copied) throws IOException {
    boolean isKept = by != null && copied.keepsHeads() && copy.isHead(frame) && (frame.start() == 0 || copy.isHeadDue());
    if (isKept && frame.start() > 0) copy.addHead();
    if (isKept) copied.head(frame);
    copy.passed(frame.end());
  }

  /** How many records were left out. */
  static long deleted(LogFiles files, Copy copy) {
    return files.protection() == null ? files.found().frames() - copy.frames() : copy.deleted();
  }

  /** How many records a log without deleted ones has. */
  static long frames(LogFiles files) throws IOException {
    if (files.protection() == null) return files.found().frames();
    Blocks blocks = blocks(files);
    long frames = 0;
    Frame frame;
    for (long at = 0; at < blocks.end(); at = frame.end()) {
      frame = frameAt(files, files.found().framing(), blocks, at);
      if (Kind.isRecord((int) blocks.uint(frame.data(), 1))) frames++;
    }
    return frames;
  }

  private static Blocks blocks(LogFiles files) {
    return LogFiles.toScan(files.path(), files.file(), files.found().end());
  }

  private static Frame frameAt(LogFiles files, Framing framing, Blocks blocks, long at) {
    Frame frame = framing.at(blocks, at, blocks.end());
    if (frame == null) throw FormatFailures.corrupt(files.path(), at, "its lengths or its trailer don't agree");
    return frame;
  }
}
