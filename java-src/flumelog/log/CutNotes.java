package flumelog.log;

import flumelog.block.Blocks;
import flumelog.file.LogFile;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.protect.Kind;
import flumelog.protect.Notes;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import flumelog.recovery.Recovery;
import flumelog.recovery.FileScan;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** The notes that a cut of a protected log removes, as far as they tell of records below the cut: those stay deleted. */
final class CutNotes implements FileScan.Visitor {
  private final Protected by;
  private final Blocks blocks;
  private final long cut;
  /** The records by their offsets, with what the tree of a sealed log has for them; else null. */
  private final Map<Long, byte[]> records = new LinkedHashMap<>();

  private CutNotes(Protected by, Blocks blocks, long cut) {
    this.by = by;
    this.blocks = blocks;
    this.cut = cut;
  }

  /** The payloads of notes that are as long as a writer makes them. */
  static byte[][] in(Blocks blocks, Recovery found) {
    if (found.proved() == null || found.proved().by() == null || found.end() == 0) return new byte[0][];
    CutNotes notes = new CutNotes(found.proved().by(), blocks, found.end());
    FileScan.run(notes.by, blocks, notes);
    return notes.payloads();
  }

  private byte[][] payloads() {
    long[] offsets = records.keySet().stream().mapToLong(Long::longValue).toArray();
    byte[][] leaves = by.isSealed() ? records.values().toArray(new byte[0][]) : null;
    byte[][] parts = new byte[(offsets.length + Notes.MOST_AT_ONCE - 1) / Notes.MOST_AT_ONCE][];
    for (int i = 0; i < parts.length; i++) {
      int from = i * Notes.MOST_AT_ONCE;
      int to = Math.min(offsets.length, from + Notes.MOST_AT_ONCE);
      parts[i] = Notes.payload(Arrays.copyOfRange(offsets, from, to), leaves == null ? null : Arrays.copyOfRange(leaves, from, to));
    }
    return parts;
  }

  /** Writes the notes over what is to be cut, and forces them. Returns where they end. */
  static long write(String path, LogFile file, Recovery found, byte[][] notes) throws IOException {
    if (notes.length == 0) return found.end();
    Protected by = found.proved().by();
    byte[] kinds = new byte[notes.length];
    Arrays.fill(kinds, (byte) Kind.NOTE);
    long bytes = 0;
    for (byte[] note : notes) bytes += by.sizeOfOwn(note);
    Blocks out = LogFiles.toMend(path, file, found.end());
    new FrameWriter(found.framing(), out, by.envelope()).writeProtected(notes, kinds, found.end(), bytes);
    file.force();
    return found.end() + bytes;
  }

  @Override
  public void own(Frame frame, int kind) {
    if (kind != Kind.NOTE || frame.start() < cut) return;
    long[] offsets = by.noted(blocks, frame);
    byte[][] leaves = by.isSealed() ? by.notedLeaves(blocks, frame) : null;
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] >= 0 && offsets[i] < cut) records.putIfAbsent(offsets[i], leaves == null ? null : leaves[i]);
    }
  }

  @Override
  public void frame(Frame frame) {}

  @Override
  public void skipped(long from, long to) {}
}
