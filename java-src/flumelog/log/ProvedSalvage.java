package flumelog.log;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.file.LogPath;
import flumelog.file.NewFile;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.LogId;
import flumelog.recovery.FileScan;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Copies every proved record of a damaged log to a new one, which is protected in the same way and has an id of its own. Deleted
 * records stay deleted, and notes of them stay where they are, so records keep their offsets up to the first damage.
 */
final class ProvedSalvage implements FileScan.Visitor {
  private final Copy copy;
  private final Blocks blocks;
  private final Protected by;
  private final NotedSoFar noted;
  /** The new offsets of records of which a note tells that came after the salvage had begun, and is not copied. */
  private final List<Long> deletedMeanwhile = new ArrayList<>();
  private final Map<Long, Long> deleted = new HashMap<>();
  private final List<List<Long>> skipped = new ArrayList<>();
  private long skippedBytes;

  private ProvedSalvage(Copy copy, Blocks blocks, Protected by, NotedSoFar noted) {
    this.copy = copy;
    this.blocks = blocks;
    this.by = by;
    this.noted = noted;
  }

  static SalvageReport run(LogPath from, LogPath to, LogOptions options, ReadableFile source, Blocks blocks, Protected by) {
    NotedSoFar noted = NotedSoFar.in(from.path(), source, blocks, by);
    LogId id = LogId.random();
    ProvedSalvage salvage = NewFile.create(to, from, file -> {
      Copy copy = new Copy(blocks, from.path(), options, "salvaging", to.path(), file, by.framing(), by, by.withId(id.high(), id.low()));
      ProvedSalvage whole = new ProvedSalvage(copy, blocks, by, noted);
      FileScan.run(by, blocks, whole);
      whole.addNoteOfLate();
      copy.finish();
      return whole;
    });
    return new SalvageReport(Repair.facts("frames", salvage.copy.frames(), "skipped-bytes", salvage.skippedBytes, "skipped",
        salvage.skipped, "end", salvage.copy.end()));
  }

  /** Without it the zeros of these records would be damage in the new file. */
  private void addNoteOfLate() {
    if (!deletedMeanwhile.isEmpty()) copy.addNote(deletedMeanwhile.stream().mapToLong(Long::longValue).toArray());
  }

  /** A deletion that was interrupted is finished in the new file. Zeros of which no note tells are damage. */
  @Override
  public void frame(Frame frame) {
    if (noted.has(frame.start())) deleted.put(frame.start(), copy.addZeros(frame));
    else if (copy.isDeleted(by.framing(), frame)) skipped(frame.start(), frame.end());
    else add(frame);
  }

  @Override
  public void own(Frame frame, int kind) {
    if (kind == Kind.HEAD && frame.start() > 0) copy.addHead();
    if (kind == Kind.NOTE) copy.addNote(notesOf(frame));
    copy.passed(frame.end());
  }

  /** The new offsets of the records; -1 for one that was skipped. */
  private long[] notesOf(Frame frame) {
    long[] offsets = by.noted(blocks, frame);
    for (int i = 0; i < offsets.length; i++) offsets[i] = deleted.getOrDefault(offsets[i], -1L);
    return offsets;
  }

  /** A record may be overwritten between its proof and its copy. */
  private void add(Frame frame) {
    try {
      copy.add(frame, false);
    } catch (LogException e) {
      if (e.kind() != LogException.Kind.CORRUPT) throw e;
      skipped(frame.start(), frame.end());
    }
  }

  /** A record that was half deleted is unproved, and noted. The note of one that is deleted at this moment lies behind the end that is copied. */
  @Override
  public void skipped(long from, long to) {
    Frame frame = by.framing().at(blocks, from, to);
    if (frame != null && noted.has(from)) {
      deleted.put(from, copy.addZeros(frame));
      return;
    }
    if (frame != null && noted.hasNow(from)) {
      deletedMeanwhile.add(copy.addZeros(frame));
      return;
    }
    skipped.add(List.of(from, to));
    skippedBytes += to - from;
    copy.passed(to);
  }
}
