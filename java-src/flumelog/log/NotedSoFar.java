package flumelog.log;

import flumelog.block.Blocks;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import flumelog.recovery.FileScan;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * The records of a protected log of which notes tell that they are deleted. The notes of a part of the file are read at once. Those
 * behind that part, where a writer may be adding some, are read when a record is asked for that they may explain.
 */
final class NotedSoFar implements FileScan.Visitor {
  private final String path;
  private final ReadableFile file;
  private final Blocks blocks;
  private final Protected by;
  private final Set<Long> noted = new HashSet<>();
  private final Set<Long> notedLater = new HashSet<>();
  /** Where the last whole frame ends that was read. */
  private long readUpTo;

  private NotedSoFar(String path, ReadableFile file, Blocks blocks, Protected by) {
    this.path = path;
    this.file = file;
    this.blocks = blocks;
    this.by = by;
  }

  /** Reads all notes in these bytes of the file. */
  static NotedSoFar in(String path, ReadableFile file, Blocks blocks, Protected by) {
    NotedSoFar noted = new NotedSoFar(path, file, blocks, by);
    FileScan.run(by, blocks, noted);
    return noted;
  }

  /** Whether a note in the part that was read at once tells of the record. */
  boolean has(long offset) {
    return noted.contains(offset);
  }

  /** Whether a note tells of the record that came later. */
  boolean hasNow(long offset) {
    if (!notedLater.contains(offset)) readOn();
    return notedLater.contains(offset);
  }

  /** A note is in the file before the first byte of its records is overwritten. */
  private void readOn() {
    Blocks grown = LogFiles.toScan(path, file, sizeNow());
    Frame frame;
    for (long at = readUpTo; (frame = by.framing().at(grown, at, grown.end())) != null; at = readUpTo) {
      if (by.kindOf(grown, frame) == Kind.NOTE) for (long offset : by.noted(grown, frame)) notedLater.add(offset);
      readUpTo = frame.end();
    }
  }

  private long sizeNow() {
    try {
      return file.size();
    } catch (IOException e) {
      return blocks.end();
    }
  }

  @Override
  public void frame(Frame frame) {
    readUpTo = frame.end();
  }

  @Override
  public void skipped(long from, long to) {}

  @Override
  public void own(Frame frame, int kind) {
    if (kind == Kind.NOTE) for (long offset : by.noted(blocks, frame)) noted.add(offset);
    readUpTo = frame.end();
  }
}
