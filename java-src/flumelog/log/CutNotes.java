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
import flumelog.recovery.Scan;
import java.io.IOException;
import java.util.Arrays;
import java.util.stream.LongStream;

/** The notes that a cut of a protected log removes, as far as they tell of records below the cut: those stay deleted. */
final class CutNotes implements Scan.Visitor {
  private final Protected by;
  private final Blocks blocks;
  private final long cut;
  private final LongStream.Builder offsets = LongStream.builder();

  private CutNotes(Protected by, Blocks blocks, long cut) {
    this.by = by;
    this.blocks = blocks;
    this.cut = cut;
  }

  /** The offsets of the records, in notes that are as long as a writer makes them. */
  static long[][] in(Blocks blocks, Recovery found) {
    if (found.proved() == null || found.proved().by() == null || found.end() == 0) return new long[0][];
    CutNotes notes = new CutNotes(found.proved().by(), blocks, found.end());
    Scan.run(notes.by, blocks, notes);
    long[] all = notes.offsets.build().distinct().toArray();
    long[][] parts = new long[(all.length + Notes.MOST_AT_ONCE - 1) / Notes.MOST_AT_ONCE][];
    for (int i = 0; i < parts.length; i++) {
      int from = i * Notes.MOST_AT_ONCE;
      parts[i] = Arrays.copyOfRange(all, from, Math.min(all.length, from + Notes.MOST_AT_ONCE));
    }
    return parts;
  }

  /** Writes the notes over what is to be cut, and forces them. Returns where they end. */
  static long write(String path, LogFile file, Recovery found, long[][] notes) throws IOException {
    if (notes.length == 0) return found.end();
    Protected by = found.proved().by();
    byte[][] payloads = new byte[notes.length][];
    byte[] kinds = new byte[notes.length];
    long bytes = 0;
    for (int i = 0; i < notes.length; i++) {
      payloads[i] = Notes.payload(notes[i]);
      kinds[i] = (byte) Kind.NOTE;
      bytes += by.size(payloads[i].length);
    }
    Blocks out = LogFiles.toMend(path, file, found.end());
    new FrameWriter(found.framing(), out, by.envelope()).writeSealed(payloads, kinds, found.end(), bytes);
    file.force();
    return found.end() + bytes;
  }

  @Override
  public void own(Frame frame, int kind) {
    if (kind != Kind.NOTE || frame.start() < cut) return;
    for (long offset : Notes.offsets(by.opened(blocks, frame))) if (offset >= 0 && offset < cut) offsets.add(offset);
  }

  @Override
  public void frame(Frame frame) {}

  @Override
  public void skipped(long from, long to) {}
}
