package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Inspects one file. {@link #whole} chooses the framing, {@link #tailOf} judges what lies behind the good frames.
 *
 * @param mark everything below it was forced, and bytes above it are of the writer that has set it; null if nothing is known
 * @param mayCutFrames whether a power loss may have left whole frames behind bad bytes
 * @param trusted above this position a power loss may have left holes in data
 * @param by the protection of the log, so that only proved frames are found; null if it has none
 */
record Inspection(
    String path, Blocks blocks, Mark mark, boolean mayCutFrames, long trusted, OpenRequest request, Protected by) {

  private static final long MOST_NOTE_BYTES = 1 << 20;

  /** The inspection of a file without a mark. It is not known up to where the file was forced. */
  static Inspection withoutMark(String path, Blocks blocks, long trusted, OpenRequest request) {
    return new Inspection(path, blocks, null, false, trusted, request, null);
  }

  /** The inspection of a file whose writer has set a dirty mark, and has died. */
  static Inspection above(Mark mark, String path, Blocks blocks, long boot, long trusted, OpenRequest request, Protected by) {
    return new Inspection(path, blocks, mark, mark.own() && mark.mayHaveLost(boot), trusted, request, by);
  }

  /** The position below which everything was forced; -1 if that is not known. */
  long durableEnd() {
    return mark == null ? -1 : mark.end();
  }

  Recovery whole() {
    if (blocks.end() == 0) return tailOf(Walk.empty(request.otherwise()));
    List<Walk> walks = Walk.longestFirst(blocks, trusted, request.report());
    if (walks.isEmpty()) return withoutRecord();
    if (isTornBeforeItsTrailer(walks.get(0), request.otherwise())) return torn(Walk.empty(request.otherwise()));
    Recovery best = tailOf(bestOf(walks));
    return request.allows(best.framing()) ? best : other(walks, best);
  }

  /**
   * The longest walk, which is the first one. But a legacy walk that does not reach the end of the file may be the
   * longest because of damage. If trailers prove two or more frames of another framing, the options must name the
   * framing.
   */
  private Walk bestOf(List<Walk> walks) {
    Walk longest = walks.get(0);
    if (longest.framing().hasTrailer() || longest.end() == blocks.end()) return longest;
    Walk proven = walks.stream().skip(1).filter(walk -> walk.frames() > 1 && request.allows(walk.framing())).findFirst()
        .orElse(longest);
    if (proven == longest || !request.allows(longest.framing())) return proven;
    throw FormatFailures.wrongFormat(path, "is " + proven.describe() + " and " + longest.describe() + " of " + blocks.end()
        + " bytes; name the right framing or offset-bits in the options",
        proven.framing().describe() + " or " + longest.framing().describe());
  }

  /**
   * The result with an allowed framing, although another one reads more of the file. That happens only with a single
   * frame and a torn tail: a legacy record before one that is 12 bytes longer begins like a 32-bit log.
   */
  private Recovery other(List<Walk> walks, Recovery best) {
    boolean undecided = best.frames() == 1 && best.tail() == Recovery.Tail.TORN;
    return walks.stream().filter(walk -> undecided && request.allows(walk.framing())).findFirst().map(this::tailOf)
        .filter(recovery -> recovery.tail() == Recovery.Tail.TORN)
        .orElseThrow(() -> FormatFailures.wrongFormat(path, "is " + best.framing().describe() + ", not what the options "
            + "name; open it without framing and offset-bits in the options", best.framing().describe()));
  }

  Recovery tailOf(Walk walk) {
    long rest = blocks.end() - walk.end();
    if (rest == 0) return found(walk, Recovery.Rest.NONE);
    if (isRoom(walk, rest)) return found(walk, Recovery.Rest.beforeRoom(Recovery.Tail.NONE, rest));
    if (mark != null) return walk.end() >= mark.end() ? aboveMark(walk) : damagedBelowMark(walk);
    if (rest < Framing.LENGTH_BYTES || blocks.isZero(walk.end(), rest)) return torn(walk);
    return announcesMoreThanThereIs(walk) ? tornUnlessItsEndIsThere(walk) : tornOnlyWithTrailers(walk);
  }

  /**
   * Whether the rest is a writer's room, also in a file that was copied without its checkpoint. Zeros that are fewer
   * than the bytes of a length are the beginning of a length, unless the mark says that the writer made room.
   */
  private boolean isRoom(Walk walk, long rest) {
    boolean mayBe = walk.end() > 0 && rest >= Framing.LENGTH_BYTES || mark != null && mark.hasRoom();
    return mayBe && walk.end() >= durableEnd() && blocks.isZero(walk.end(), rest);
  }

  private Recovery withoutRecord() {
    Framing named = NoRecord.named(blocks, request);
    if (named == null) throw NoRecord.refusal(path, blocks, request.maxRecordBytes());
    return torn(Walk.empty(named));
  }

  /**
   * Whether the file is a first frame that was torn inside its trailer. It looks like a whole legacy frame and a few
   * bytes, so this is asked only if the options don't allow legacy.
   */
  private boolean isTornBeforeItsTrailer(Walk legacy, Framing otherwise) {
    int rest = (int) Math.min(Framing.MAX_TRAILER_BYTES, blocks.end() - legacy.end());
    if (request.allows(legacy.framing())) return false;
    if (legacy.framing().hasTrailer() || legacy.frames() > 1 || rest >= otherwise.trailerBytes()) return false;
    ByteBuffer trailer = ByteBuffer.allocate(Framing.MAX_TRAILER_BYTES);
    otherwise.putTrailer(trailer, legacy.end() + otherwise.trailerBytes());
    for (int i = 0; i < rest; i++) {
      if (blocks.uint(legacy.end() + i, 1) != (trailer.get(i) & 0xFF)) return false;
    }
    return true;
  }

  private boolean announcesMoreThanThereIs(Walk walk) {
    long length = walk.framing().lengthAt(blocks, walk.end());
    return length <= mostBytes() && walk.end() + walk.framing().size(length) > blocks.end();
  }

  /** The longest data that an append writes. Notes of a protected log may be longer than its records. */
  private long mostBytes() {
    return by == null ? request.maxRecordBytes() : Math.max(request.maxRecordBytes() + by.overhead(), MOST_NOTE_BYTES);
  }

  /** The start of the first frame at or above the position that seems to be one, or is proved to be one; -1 if there is none. */
  private long search(Walk walk, long from) {
    return FileScan.search(walk.framing(), blocks, by, from);
  }

  /** Torn, unless the frame's end is found inside the file: then its first length is damaged. */
  private Recovery tornUnlessItsEndIsThere(Walk walk) {
    long end = walk.framing().searchEnd(blocks, walk.end());
    boolean isOne = end >= 0 && (by == null || by.kindOf(blocks, walk.framing().frame(walk.end(), end)) > 0);
    return !isOne ? tornUnlessSomethingFollows(walk) : corrupt(walk, end < blocks.end() ? end : -1,
        "its first length is " + walk.framing().lengthAt(blocks, walk.end()) + ", its last one "
            + (walk.framing().length(walk.end(), end)));
  }

  /** The lengths don't agree. Torn, unless a whole frame follows, or the framing has no trailers. */
  private Recovery tornOnlyWithTrailers(Walk walk) {
    Recovery found = tornUnlessSomethingFollows(walk);
    // Without trailers a torn write can't be told from damage, so nothing may be cut.
    boolean undecided = found.tail() == Recovery.Tail.TORN && !walk.framing().hasTrailer();
    return undecided ? corrupt(walk, -1, "its lengths don't agree") : found;
  }

  private Recovery tornUnlessSomethingFollows(Walk walk) {
    long next = search(walk, walk.end() + 1);
    return next < 0 ? torn(walk) : corrupt(walk, next, "a whole frame follows at " + next);
  }

  /**
   * Bytes that are not a whole frame are from a writer that died. A killed writer leaves no whole frames behind them. A
   * power loss can leave such frames, but only in the file that the writer had open.
   */
  private Recovery aboveMark(Walk walk) {
    if (!mayCutFrames) {
      long next = search(walk, walk.end() + 1);
      if (next >= 0 && !isExplained(walk, next)) return corrupt(walk, next, "a whole frame follows at " + next);
    }
    long tailEnd = mark.hasRoom() ? TailEnd.above(walk.end(), blocks) : blocks.end();
    Recovery.Tail tail = tailEnd == walk.end() ? Recovery.Tail.NONE : Recovery.Tail.TORN;
    return found(walk, Recovery.Rest.beforeRoom(tail, blocks.end() - tailEnd));
  }

  /**
   * Whether a whole frame behind bad bytes is possible in the writer's own file. It may be in the data of an unfinished
   * append. Or a part before it may be missing: a first length, which is written last when an append goes into room, or
   * a sector that the disk has lost.
   */
  private boolean isExplained(Walk walk, long next) {
    if (!mark.own()) return false;
    long end = walk.end();
    if (announcesMoreThanThereIs(walk)) return true;
    if (blocks.isZero(end, Framing.LENGTH_BYTES)) return true;
    for (long sector = (end + Frame.SECTOR_BYTES - 1) / Frame.SECTOR_BYTES * Frame.SECTOR_BYTES;
        sector + Frame.SECTOR_BYTES <= next; sector += Frame.SECTOR_BYTES) {
      if (blocks.isZero(sector, Frame.SECTOR_BYTES)) return true;
    }
    return false;
  }

  private Recovery damagedBelowMark(Walk walk) {
    return corrupt(walk, search(walk, walk.end() + 1), "everything up to " + mark.end() + " was on disk");
  }

  Recovery torn(Walk walk) {
    return found(walk, Recovery.Rest.TORN);
  }

  Recovery corrupt(Walk walk, long nextGood, String damage) {
    return found(walk, Recovery.Rest.corrupt(nextGood, damage));
  }

  private Recovery found(Walk walk, Recovery.Rest rest) {
    return new Recovery(walk, blocks.end(), durableEnd(), rest, null);
  }
}
