package flumelog.log;

import flumelog.block.Blocks;
import flumelog.engine.Starts;
import flumelog.engine.Watermark;
import flumelog.file.LogFile;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import flumelog.recovery.Mark;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * The bytes of an open log up to a position, to be copied. Only a deletion can still change them. A record that is
 * deleted meanwhile is all zeros in the copy, or is as it was, but never a mixture.
 */
final class CopiedBytes {
  private static final int CHUNK_BYTES = 1 << 20;
  private static final int SECTOR_BYTES = 512;

  private final Blocks blocks;
  private final Framing framing;
  private final Starts starts;
  /** How far the log has got, after a deletion. */
  private final Supplier<Watermark.Reached> now;
  private final Protected by;
  private Watermark.Reached reached;
  private long end;
  private final boolean mayBeDeletedElsewhere;
  private final ByteBuffer ours = ByteBuffer.allocateDirect(CHUNK_BYTES);
  private final ByteBuffer theirs = ByteBuffer.allocateDirect(CHUNK_BYTES);

  /**
   * @param reached the last record to copy
   * @param mayBeDeletedElsewhere whether another process may delete records meanwhile
   * @param by the protection of the log; null if it has none
   * @param now tells how far the log has got
   */
  CopiedBytes(Blocks blocks, Framing framing, Starts starts, Watermark.Reached reached, boolean mayBeDeletedElsewhere,
      Protected by, Supplier<Watermark.Reached> now) {
    this.by = by;
    this.now = now;
    this.blocks = blocks;
    this.framing = framing;
    this.starts = starts;
    this.reached = reached;
    this.end = reached.end();
    this.mayBeDeletedElsewhere = mayBeDeletedElsewhere;
  }

  Framing framing() {
    return framing;
  }

  long end() {
    return end;
  }

  /** Whether the log is protected. */
  boolean isProtected() {
    return by != null;
  }

  /** The start of the last record; -1 if there is none. */
  long last() {
    return reached.offset();
  }

  /** Copies the bytes from the position on to the same position of the file. */
  void copyTo(String path, LogFile file, long from, Progress progress) throws IOException {
    Meter meter = new Meter(progress, "copying", from);
    long overwrites = blocks.overwrites();
    copyTo(file, from, meter);
    if (by == null) deleteIn(path, file, from, overwrites);
    else copyNotes(path, file, from, overwrites, meter);
    meter.end(end);
  }

  /**
   * Copies on until the copy of a protected log has the note of each record that is deleted in it: without one the zeros would be
   * damage. A reader that sees zeros in the log can also see their note, which may lie behind what was copied.
   */
  private void copyNotes(String path, LogFile file, long from, long overwrites, Meter meter) throws IOException {
    UnnotedZeros zeros = new UnnotedZeros(by, from);
    while (deleteIn(path, file, from, overwrites) | zeros.areNewIn(LogFiles.toScan(path, file, end))) {
      long copied = end;
      reached = now.get();
      end = reached.end();
      copyTo(file, copied, meter);
    }
  }

  private void copyTo(LogFile file, long from, Meter meter) throws IOException {
    for (long at = from; at < end; at += ours.limit()) {
      read(at, end);
      file.append(at, ours.duplicate());
      meter.at(at, end);
    }
  }

  /**
   * Compares the copy with the log. A record that differs was deleted while it was copied, so it is deleted in the copy
   * too.
   *
   * @param overwrites how many there were before the copy was begun
   * @return whether there was one
   */
  private boolean deleteIn(String path, LogFile file, long from, long overwrites) throws IOException {
    if (!mayBeDeletedElsewhere && blocks.overwrites() == overwrites) return false;
    Blocks copy = LogFiles.toMend(path, file, end);
    boolean isAny = false;
    for (long at = from; at < end; ) {
      int differs = compare(file, at, end);
      if (differs < 0) {
        at += ours.limit();
      } else {
        Frame frame = frameAround(at + differs);
        copy.zero(frame.data(), frame.length());
        isAny = true;
        at = frame.end();
      }
    }
    return isAny;
  }

  /**
   * Whether the last records of the file below the mark are also in the log, at the same offsets.
   *
   * @param path of the file
   */
  boolean has(String path, ReadableFile file, Mark mark) {
    Blocks copy = LogFiles.toScan(path, file, mark.end());
    if (framing.endOf(copy, mark.last(), mark.end()) != mark.end()) return false;
    if (starts.first(mark.last(), end) != mark.last() || framing.endOf(blocks, mark.last(), end) != mark.end()) return false;
    return Trace.agree(new Traces(path, framing, copy).at(mark.last(), mark.end()),
        new Traces(path, framing, blocks).at(mark.last(), mark.end()));
  }

  /**
   * The start of the first record, at or above the position, that the file has and the log has not; -1 if there is
   * none. The last record of the file may be incomplete, or have lost sectors in a power loss.
   *
   * @param path of the file
   */
  long firstDifference(String path, ReadableFile file, long from) throws IOException {
    Blocks copy = LogFiles.toScan(path, file, file.size());
    Frame frame;
    for (long at = from; (frame = framing.at(copy, at, copy.end())) != null; at = frame.end()) {
      if (frame.end() > end || !frame.equals(framing.at(blocks, at, end)) || isOther(file, frame)) return at;
    }
    return -1;
  }

  /** Whether the file has different data in the frame, although the record was not deleted and no sectors were lost. */
  private boolean isOther(ReadableFile file, Frame frame) throws IOException {
    long dataEnd = frame.data() + frame.length();
    for (long at = frame.data(); at < dataEnd; at += ours.limit()) {
      for (int i = compare(file, at, dataEnd); i >= 0; i = mismatchFrom(sectorEnd(at, i))) {
        if (!isLost(at, i)) return !framing.isDeleted(blocks, frame);
      }
    }
    return false;
  }

  /** Whether the file has only zeros in the sector that contains an index of the compared piece. */
  private boolean isLost(long at, int index) {
    int from = (int) Math.max(0, (at + index) / SECTOR_BYTES * SECTOR_BYTES - at);
    for (int i = from; i < sectorEnd(at, index); i++) {
      if (theirs.get(i) != 0) return false;
    }
    return true;
  }

  private int sectorEnd(long at, int index) {
    return (int) Math.min(ours.limit(), ((at + index) / SECTOR_BYTES + 1) * SECTOR_BYTES - at);
  }

  /** Reads a piece of the log and of the file. Returns the index of the first byte that differs, or -1. */
  private int compare(ReadableFile file, long at, long to) throws IOException {
    read(at, to);
    file.readAt(at, theirs.clear().limit(ours.limit()));
    theirs.flip();
    return ours.mismatch(theirs);
  }

  private int mismatchFrom(int index) {
    int n = ours.limit() - index;
    int differs = ours.slice(index, n).mismatch(theirs.slice(index, n));
    return differs < 0 ? -1 : index + differs;
  }

  private void read(long at, long to) {
    blocks.readPastCache(at, ours.clear().limit((int) Math.min(CHUNK_BYTES, to - at)));
    ours.flip();
  }

  private Frame frameAround(long position) {
    long start = starts.landmark(position);
    long next = starts.first(start + 1, end);
    while (next <= position) {
      start = next;
      next = starts.first(start + 1, end);
    }
    return framing.frame(start, next);
  }
}
