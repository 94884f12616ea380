package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import flumelog.frame.LegacyFraming;
import flumelog.protect.Protected;
import java.util.List;

/**
 * The result of inspecting a file: its framing, the end of its good frames, and what the bytes behind them are.
 * Inspecting only reads.
 *
 * <p>Frames are found by parsing forward, from the start or from a mark below which everything is durable. A search
 * through the bytes serves only to refuse a file. If whole frames follow behind the good ones, and no mark says what
 * was durable, the file was damaged, and nothing of it may be cut.
 *
 * @param scannedFrom the position where parsing began
 * @param end position just past the last good frame
 * @param last start of the last good frame, or -1
 * @param frames how many good frames there are
 * @param size bytes of the file
 * @param watermark everything below it was durable, and the bytes above it are from a dead writer; -1 if nothing is
 *     known
 * @param room the number of zeros at the end of the file that are a writer's room, and not part of the tail
 * @param tail the state of the bytes between {@code end} and the room
 * @param nextGood the start of a whole frame behind the damage, or -1
 * @param what the damage in words, or null
 * @param proved what there is to know of a protected log besides; null if the log is not protected
 */
public record Recovery(
    Framing framing, long scannedFrom, long end, long last, long frames, long size, long watermark, long room, Tail tail,
    long nextGood, String what, Landmarks landmarks, Proved proved) {

  /**
   * The same result; or a corrupt one, if the file was cut: it ends inside a record below a position up to which it was
   * on disk. A short log is never refused because of its checkpoint.
   */
  public Recovery orCutBelow(long position) {
    if (tail != Tail.TORN || end >= position || position <= ALWAYS_SCANNED_BYTES) return this;
    return new Recovery(framing, scannedFrom, end, last, frames, size, position, room, Tail.CORRUPT, -1,
        "everything up to " + position + " was on disk, and the file ends inside a record", landmarks, proved);
  }

  /**
   * The same result; or a corrupt one, if a protected log was hurt below a position up to which it was on disk. The position is known to
   * be of this log by the id in its head, even if the record there was changed.
   */
  Recovery orHurtBelow(long position) {
    if (proved == null || tail != Tail.TORN || end >= position || size < position) return this;
    Proved hurt = new Proved(proved.by(), proved.lastRecord(), proved.noted(), Proved.CHECKSUM);
    return new Recovery(framing, scannedFrom, end, last, frames, size, position, room, Tail.CORRUPT, -1,
        "everything up to " + position + " was on disk, and a frame below it was changed", landmarks, hurt);
  }

  /** The same result for a protected log. */
  Recovery with(Proved ofProtected) {
    return new Recovery(framing, scannedFrom, end, last, frames, size, watermark, room, tail, nextGood, what, landmarks, ofProtected);
  }

  /** The same result with another end, which lies at or below this one. */
  Recovery endingAt(long position, Tail state) {
    return new Recovery(framing, scannedFrom, position, last, frames, size, watermark, room, state, nextGood, what, landmarks, proved);
  }

  /** The result for a log of which only the head is written. */
  Recovery withHead(Protected by, long end) {
    landmarks.add(0);
    return new Recovery(framing, 0, end, 0, 1, size, watermark, 0, tail, -1, what, landmarks, new Proved(by, -1, new long[0], null));
  }

  /** The start of the last record; -1 if there is none. In a protected log frames of its own may follow it. */
  public long lastRecord() {
    return proved == null ? last : proved.lastRecord();
  }

  /** The number of bytes of the tail. */
  public long tailBytes() {
    return size - room - end;
  }

  /**
   * NONE: it ends with a good frame, or room. TORN: a writer died during an append. CORRUPT: good bytes were damaged.
   */
  public enum Tail { NONE, TORN, CORRUPT }

  static final List<Framing> FRAMINGS = List.of(
      new FlumeFraming(53), new FlumeFraming(48),
      new FlumeFraming(32), new LegacyFraming());

  /** A file that is not longer than this is always read from its start. */
  static final long ALWAYS_SCANNED_BYTES = 1 << 16;

  /**
   * Reads the lengths and trailers of the file, from the mark on if there is one that fits.
   *
   * @param path for messages
   * @param blocks the file; its end is the file's size
   * @param mark up to where the file was known to be durable, or null
   * @param boot of the machine now; if it was restarted after the mark was set, frames above the mark may have holes
   * @param request the options for this file
   * @throws LogException {@code :wrong-format} if the file is not a log, or not one of an allowed framing
   */
  public static Recovery inspect(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    Recovery found = ProvedInspection.inspect(path, blocks, mark, boot, request, false);
    return found != null ? found : ProvedInspection.checkProtection(path, inspectPlain(path, blocks, mark, boot, request), request);
  }

  private static Recovery inspectPlain(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    Inspection nothingKnown = new Inspection(path, blocks, -1, null, false, Long.MAX_VALUE, request, null);
    if (!isUsable(mark, blocks, request)) return nothingKnown.whole();
    long trusted = mark.trustedUpTo(boot);
    boolean mayCutFrames = mark.own() && mark.mayHaveLost(boot);
    Inspection inspection =
        mark.dirty() ? new Inspection(path, blocks, mark.end(), mark, mayCutFrames, trusted, request, null) : nothingKnown;
    if (mark.end() > ALWAYS_SCANNED_BYTES) {
      return inspection.tailOf(Walk.from(mark, blocks, trusted, request.report()));
    }
    if (!mark.dirty() || isOtherLog(blocks, mark)) return nothingKnown.whole();
    Walk walk = Walk.from(mark.framing(), blocks, trusted, request.report());
    boolean isTied = mark.end() > 0 || NoRecord.isLeftBy(mark, blocks, walk.end(), trusted == 0, request.maxRecordBytes());
    return isTied ? inspection.tailOf(walk) : nothingKnown.whole();
  }

  /** Inspects the whole file, also the part below the mark: for its repair. */
  public static Recovery inspectAll(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    Recovery found = ProvedInspection.inspect(path, blocks, mark, boot, request, true);
    if (found != null) return found;
    long trusted = isUsable(mark, blocks, request) ? mark.trustedUpTo(boot) : Long.MAX_VALUE;
    return new Inspection(path, blocks, -1, null, false, trusted, request, null).whole();
  }

  private static boolean isUsable(Mark mark, Blocks blocks, OpenRequest request) {
    return mark != null && request.allows(mark.framing()) && mark.end() <= blocks.end();
  }

  /** Whether no framing finds a record at the start of a file that is not empty. */
  public static boolean hasNoRecord(Blocks blocks) {
    return blocks.end() > 0 && FRAMINGS.stream().allMatch(framing -> framing.at(blocks, 0, blocks.end()) == null);
  }

  /** The result for a file without any record that the user has decided to make an empty log. */
  public static Recovery ofNothing(Blocks blocks, OpenRequest request) {
    return new Inspection("", blocks, -1, null, false, Long.MAX_VALUE, request, null).torn(Walk.empty(request.otherwise()));
  }

  /**
   * Checks a file that was empty when it was opened, and in which the assumed framing finds no frame now.
   *
   * @throws LogException {@code :wrong-format} if another framing finds frames; for legacy it takes two, because a torn
   *     frame of any framing begins like a legacy frame
   */
  public static void checkNotOf(String path, Blocks blocks, Framing taken) {
    for (Framing other : FRAMINGS) {
      if (Walk.from(other, blocks).frames() > (other.hasTrailer() ? 0 : 1)) {
        throw FormatFailures.wrongFormat(path, "was empty when it was opened as " + taken.describe() + " and is "
            + other.describe() + " now; close it and open it again", other.describe());
      }
    }
  }

  /** Whether a log of another framing has replaced the log of the mark, of which nothing was durable. */
  private static boolean isOtherLog(Blocks blocks, Mark mark) {
    return mark.end() == 0 && mark.framing().at(blocks, 0, blocks.end()) == null
        && FRAMINGS.stream().anyMatch(framing -> Walk.from(framing, blocks).frames() > 1);
  }
}
