package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import flumelog.frame.LegacyFraming;
import flumelog.frame.OffsetWidth;
import java.util.List;

/**
 * What a file holds: which framing, up to where it is good, and what the rest is. It only reads.
 *
 * <p>Frames are found by parsing forward, from the start or from a mark below which all is durable. A search through
 * the bytes is made only to refuse: where the good frames stop, nothing is known of what was durable, and further
 * whole frames are seen beyond, the file was damaged and nothing of it may be cut.
 *
 * @param scannedFrom the position where parsing began
 * @param end position just past the last good frame
 * @param last start of the last good frame, or -1
 * @param frames how many good frames there are
 * @param size bytes of the file
 * @param watermark everything below was durable and what is above it is a dead writer's; -1 when nothing is known
 * @param room bytes at the end of the file that are a writer's room: zeros, and no part of the tail
 * @param tail what lies between {@code end} and the room
 * @param nextGood where a whole frame was seen beyond the damage, or -1
 * @param what the damage in words, or null
 */
public record Recovery(
    Framing framing, long scannedFrom, long end, long last, long frames, long size, long watermark, long room, Tail tail,
    long nextGood, String what, Landmarks landmarks) {

  /**
   * The same, or where the file ends inside a record below a position up to which all of the log was on disk once: cut by
   * somebody. Of a short log nothing is refused by what its checkpoint says.
   */
  public Recovery orCutBelow(long position) {
    if (tail != Tail.TORN || end >= position || position <= ALWAYS_SCANNED_BYTES) return this;
    return new Recovery(framing, scannedFrom, end, last, frames, size, position, room, Tail.CORRUPT, -1,
        "everything up to " + position + " was on disk, and the file ends inside a record", landmarks);
  }

  /** How long the tail is. */
  public long tailBytes() {
    return size - room - end;
  }

  /** NONE: the file ends with a good frame, or room behind it. TORN: a writer died there. CORRUPT: bytes were good once. */
  public enum Tail { NONE, TORN, CORRUPT }

  static final List<Framing> FRAMINGS = List.of(
      new FlumeFraming(OffsetWidth.BITS_53), new FlumeFraming(OffsetWidth.BITS_48),
      new FlumeFraming(OffsetWidth.BITS_32), new LegacyFraming());

  /** A file of at most so many bytes is always read from its start. */
  static final long ALWAYS_SCANNED_BYTES = 1 << 16;

  /**
   * Reads the lengths and trailers of the file, from a mark on where there is one that fits.
   *
   * @param path for messages
   * @param blocks the file; its end is the file's size
   * @param mark up to where the file was known to be durable, or null
   * @param boot of the machine now; where it was started anew since the mark, a frame above that may have holes
   * @param request what the options say of the file
   * @throws LogException {@code :wrong-format} when the file is not a log, or not one of the framing asked for
   */
  public static Recovery inspect(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    Inspection nothingKnown = new Inspection(path, blocks, -1, null, false, Long.MAX_VALUE, request);
    if (!isUsable(mark, blocks, request)) return nothingKnown.whole();
    long trusted = mark.trustedUpTo(boot);
    boolean mayCutFrames = mark.own() && mark.mayHaveLost(boot);
    Inspection inspection =
        mark.dirty() ? new Inspection(path, blocks, mark.end(), mark, mayCutFrames, trusted, request) : nothingKnown;
    if (mark.end() > ALWAYS_SCANNED_BYTES) {
      return inspection.tailOf(Walk.from(mark, blocks, trusted, request.progress()));
    }
    if (!mark.dirty() || isOtherLog(blocks, mark)) return nothingKnown.whole();
    Walk walk = Walk.from(mark.framing(), blocks, trusted, request.progress());
    boolean isTied = mark.end() > 0 || NoRecord.isLeftBy(mark, blocks, walk.end(), trusted == 0, request.maxRecordBytes());
    return isTied ? inspection.tailOf(walk) : nothingKnown.whole();
  }

  /** The same where all of the file is looked at, also what lies below the mark: for whoever repairs it. */
  public static Recovery inspectAll(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    long trusted = isUsable(mark, blocks, request) ? mark.trustedUpTo(boot) : Long.MAX_VALUE;
    return new Inspection(path, blocks, -1, null, false, trusted, request).whole();
  }

  private static boolean isUsable(Mark mark, Blocks blocks, OpenRequest request) {
    return mark != null && request.allowed().test(mark.framing()) && mark.end() <= blocks.end();
  }

  /** Whether no framing finds a record at the start of a file that is not empty. */
  public static boolean hasNoRecord(Blocks blocks) {
    return blocks.end() > 0 && FRAMINGS.stream().allMatch(framing -> framing.at(blocks, 0, blocks.end()) == null);
  }

  /** A file that is to become an empty log, since somebody who was asked says so. */
  public static Recovery ofNothing(Blocks blocks, OpenRequest request) {
    return new Inspection("", blocks, -1, null, false, Long.MAX_VALUE, request).torn(Walk.empty(request.otherwise()));
  }

  /**
   * Looks into a file that was empty, and in which the framing that was taken for its own finds no frame now.
   *
   * @throws LogException {@code :wrong-format} when another framing does; a torn frame of any begins like one of legacy
   */
  public static void checkNotOf(String path, Blocks blocks, Framing taken) {
    for (Framing other : FRAMINGS) {
      if (Walk.from(other, blocks).frames() > (other.hasTrailer() ? 0 : 1)) {
        throw FormatFailures.wrongFormat(path, "was empty when it was opened as " + taken.describe() + " and is "
            + other.describe() + " now; close it and open it again", other.describe());
      }
    }
  }

  /** Whether somebody has put a log of another framing in the place of one of which nothing was durable. */
  private static boolean isOtherLog(Blocks blocks, Mark mark) {
    return mark.end() == 0 && mark.framing().at(blocks, 0, blocks.end()) == null
        && FRAMINGS.stream().anyMatch(framing -> Walk.from(framing, blocks).frames() > 1);
  }
}
