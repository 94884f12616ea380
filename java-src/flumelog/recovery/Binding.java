package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.file.LogPath;
import flumelog.file.Stamp;
import java.io.IOException;

/**
 * Whether a checkpoint is of the file that has the log's name now, by what the file holds: the first frame of the log, and the
 * frame that ends at the mark.
 *
 * @param mark what is believed, or null
 * @param keepsId whether the log is the one whose id the checkpoint has
 * @param cutBelow the log was on disk up to here once; where the file ends inside a record before, it was cut; or -1
 * @param why the checkpoint is not believed, a sentence; or null
 */
record Binding(Mark mark, boolean keepsId, long cutBelow, String why) {
  private static final String OTHER = "it is of another log: the first record is another one";

  /**
   * Looks into the file.
   *
   * @param now the stamp of the file
   */
  static Binding of(Slot said, Blocks blocks, Stamp now, LogPath log) throws IOException {
    Mark mark = said.mark().ofFile(now.isSameFile(said.stamp()));
    if (mark.end() == 0) return nothingDurable(said, mark, blocks, log);
    if (said.id() == null) return earlier(mark, blocks);
    Anchor first = said.first();
    if (first != null && !fits(said, first, blocks, log)) {
      // Damage in the first record of a log that is the same further on must not let anything be cut.
      boolean goesOn = mark.dirty() && mark.end() <= blocks.end() && fits(said, said.last(), blocks, log);
      return goesOn ? new Binding(mark, false, -1, null) : no(-1, OTHER);
    }
    if (mark.end() > blocks.end()) {
      // The last record alone may be torn, as an append is that a kill cut short.
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
    // Of the log that a power loss took all of something may be left, or another log was put in its place.
    boolean mayHaveLost = mark.dirty() && mark.mayHaveLost(log.folder().boot());
    if (mayHaveLost && said.first().mayHaveBeenLost(said.mark().framing(), blocks)) return new Binding(mark, false, -1, null);
    return no(-1, blocks.end() == 0 ? "the file is empty, and was not" : OTHER);
  }

  /** A checkpoint of the first versions knows of no content: the lengths of one frame have to agree, and that is all. */
  private static Binding earlier(Mark mark, Blocks blocks) {
    if (mark.end() <= blocks.end() && mark.fits(blocks)) return new Binding(mark, false, -1, null);
    return no(mark.own() ? mark.end() : -1, "no record ends at " + mark.end() + ", up to where the log was on disk: it is another"
        + " log, or an older copy");
  }

  private static Binding no(long cutBelow, String why) {
    return new Binding(null, false, cutBelow, why);
  }

  /** Also where a deletion of the record was under way, so that a part of its data may be zeros. */
  private static boolean fits(Slot said, Anchor anchor, Blocks blocks, LogPath log) throws IOException {
    if (anchor.fits(said.mark().framing(), blocks)) return true;
    return anchor.hasFrame(said.mark().framing(), blocks) && Deletions.isIntended(log, said.id(), anchor.start());
  }
}
