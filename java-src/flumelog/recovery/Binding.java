package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.file.LogPath;
import flumelog.file.Stamp;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.HeadRecord;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import java.io.IOException;

/**
 * Decides whether a checkpoint is of the file that has the log's name now. It compares two frames with the content of
 * the file: the first frame of the log, and the frame that ends at the mark.
 *
 * @param mark the mark if it is believed, else null
 * @param keepsId whether the log keeps the id of the checkpoint
 * @param cutBelow the log was on disk up to this position once, so a file that ends inside a record below it was cut;
 *     or -1
 * @param why the checkpoint is not believed, a sentence; or null
 */
record Binding(Mark mark, boolean keepsId, long cutBelow, String why) {
  private static final String OTHER = "it is of another log: the first record is another one";

  /**
   * Compares a slot with the file.
   *
   * @param now the stamp of the file
   */
  static Binding of(Slot said, Blocks blocks, Stamp now, LogPath log) throws IOException {
    Mark mark = said.mark().ofFile(now.isSameFile(said.stamp()));
    if (mark.end() == 0) return nothingDurable(said, mark, blocks, log);
    if (said.id() == null) return earlier(mark, blocks);
    Anchor first = said.first();
    if (first != null && !fits(said, first, blocks, log)) {
      // If only the first record is damaged, the mark is still believed, so that nothing above it is cut.
      boolean goesOn = mark.dirty() && mark.end() <= blocks.end() && fits(said, said.last(), blocks, log);
      return goesOn ? new Binding(mark, false, -1, null) : no(-1, OTHER);
    }
    if (mark.end() > blocks.end()) {
      // Only the last record may be torn, as an append that a kill has interrupted.
      return no(mark.last(), "everything up to " + mark.end() + " was on disk, and the file has " + blocks.end()
          + " bytes: it is an older copy, or was cut");
    }
    if (!fits(said, said.last(), blocks, log)) {
      return no(mark.end(), "the record that ended at " + mark.end() + " is not the one that it was: the log is another one,"
          + " or was written anew from some record on");
    }
    return new Binding(mark, true, -1, null);
  }

  private static Binding nothingDurable(
      Slot said, Mark mark, Blocks blocks, LogPath log) throws IOException {
    if (said.first() == null) {
      return mark.dirty() || mark.failed() || blocks.end() == 0 ? new Binding(mark, true, -1, null) : no(-1, null);
    }
    if (fits(said, said.first(), blocks, log)) return new Binding(mark, true, -1, null);
    // Either a power loss took parts of the log, or another log has replaced it.
    boolean mayHaveLost = mark.dirty() && mark.mayHaveLost(log.folder().boot());
    if (mayHaveLost && said.first().mayHaveBeenLost(said.mark().framing(), blocks)) return new Binding(mark, false, -1, null);
    return no(-1, blocks.end() == 0 ? "the file is empty, and was not" : OTHER);
  }

  /** A checkpoint of the first versions has no checksums: only the lengths of the frame below the mark are compared. */
  private static Binding earlier(Mark mark, Blocks blocks) {
    if (mark.end() <= blocks.end() && mark.fits(blocks)) return new Binding(mark, false, -1, null);
    return no(mark.own() ? mark.end() : -1, "no record ends at " + mark.end() + ", up to where the log was on disk: it is another"
        + " log, or an older copy");
  }

  private static Binding no(long cutBelow, String why) {
    return new Binding(null, false, cutBelow, why);
  }

  /** Whether the anchor fits. If a deletion of the record was under way, a part of its data may be zeros. */
  private static boolean fits(Slot said, Anchor anchor, Blocks blocks, LogPath log) throws IOException {
    if (anchor.fits(said.mark().framing(), blocks)) return true;
    if (!anchor.hasFrame(said.mark().framing(), blocks)) return false;
    return isHalfDeleted(said, anchor, blocks) || Deletions.isIntended(log, said.id(), anchor.start());
  }

  /**
   * A protected log has no journal of deletions. But its head has the id, and a record of another log would be proved. Of an encrypted
   * log, whose key is not known here, the zeros have to tell.
   */
  private static boolean isHalfDeleted(Slot said, Anchor anchor, Blocks blocks) {
    Framing framing = said.mark().framing();
    Frame first = HeadRecord.isAtStartOf(blocks) ? framing.at(blocks, 0, blocks.end()) : null;
    HeadRecord head = first == null ? null : HeadRecord.read(blocks, first.data(), first.length(), 0);
    if (head == null || !LogId.of(head).equals(said.id())) return false;
    return head.flags() != 0 ? anchor.isHalfZeroed(framing, blocks)
        : Protected.ofHead(head, framing).kindOf(blocks, framing.frame(anchor.start(), anchor.end())) == Kind.UNPROVED;
  }
}
