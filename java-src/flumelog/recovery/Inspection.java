package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/** One look into a file, which is judged: its methods stand in the order in which the decisions are made. */
record Inspection(
    String path, Blocks blocks, long watermark, Mark mark, boolean mayCutFrames, long trusted, OpenRequest request) {

  private static final long ROOM_STEP_BYTES = 1 << 16;

  Recovery whole() {
    if (blocks.end() == 0) return tailOf(Walk.empty(request.otherwise()));
    List<Walk> walks = Recovery.FRAMINGS.stream().map(framing -> Walk.from(framing, blocks, trusted, request.progress()))
        .filter(walk -> walk.frames() > 0).sorted(Comparator.comparingLong(Walk::end).reversed()).toList();
    if (walks.isEmpty()) return withoutRecord();
    if (isTornBeforeItsTrailer(walks.get(0), request.otherwise())) return torn(Walk.empty(request.otherwise()));
    Recovery best = tailOf(bestOf(walks));
    return request.allowed().test(best.framing()) ? best : other(walks, best);
  }

  /**
   * The longest of the walks, which comes first. But where that is legacy, and not to the end of the file, damage may
   * have made it read on beyond two frames or more that trailers prove: then only a name decides.
   */
  private Walk bestOf(List<Walk> walks) {
    Walk longest = walks.get(0);
    if (longest.framing().hasTrailer() || longest.end() == blocks.end()) return longest;
    Predicate<Framing> allowed = request.allowed();
    Walk proven = walks.stream().skip(1).filter(walk -> walk.frames() > 1 && allowed.test(walk.framing())).findFirst().orElse(longest);
    if (proven == longest || !allowed.test(longest.framing())) return proven;
    throw FormatFailures.wrongFormat(path, "is " + proven.describe() + " and " + longest.describe() + " of " + blocks.end()
        + " bytes; name the right one with :framing or :offset-bits",
        proven.framing().describe() + " or " + longest.framing().describe());
  }

  /**
   * A framing that the file allows although another one reads more of it. That is so only where a single frame and a
   * torn tail are all there is: a legacy record followed by one 12 bytes longer begins like a 32-bit log.
   */
  private Recovery other(List<Walk> walks, Recovery best) {
    boolean undecided = best.frames() == 1 && best.tail() == Recovery.Tail.TORN;
    return walks.stream().filter(walk -> undecided && request.allowed().test(walk.framing())).findFirst().map(this::tailOf)
        .filter(recovery -> recovery.tail() == Recovery.Tail.TORN)
        .orElseThrow(() -> FormatFailures.wrongFormat(path, "is " + best.framing().describe() + ", not what the options "
            + "name; open it without naming :framing and :offset-bits", best.framing().describe()));
  }

  Recovery tailOf(Walk walk) {
    long rest = blocks.end() - walk.end();
    if (rest == 0) return found(walk, Recovery.Tail.NONE, -1, null);
    if (isRoom(walk, rest)) return found(walk, rest, Recovery.Tail.NONE, -1, null);
    if (watermark >= 0) return walk.end() >= watermark ? aboveTheWatermark(walk) : damagedBelowTheWatermark(walk);
    if (rest < Framing.LENGTH_BYTES || blocks.isZero(walk.end(), rest)) return torn(walk);
    return announcesMoreThanThereIs(walk) ? tornUnlessItsTailIsThere(walk) : damagedUnlessNothingFollows(walk);
  }

  /**
   * A writer's room, also where the file was copied without its checkpoint. Fewer zeros than a length has are the beginning
   * of one, but where a writer is known to have made room.
   */
  private boolean isRoom(Walk walk, long rest) {
    boolean mayBe = walk.end() > 0 && rest >= Framing.LENGTH_BYTES || mark != null && mark.hasRoom();
    return mayBe && walk.end() >= watermark && blocks.isZero(walk.end(), rest);
  }

  private Recovery withoutRecord() {
    Framing named = NoRecord.named(blocks, request);
    if (named == null) throw NoRecord.refusal(path, blocks, request.maxRecordBytes());
    return torn(Walk.empty(named));
  }

  /**
   * The first frame of a new file, torn inside its trailer, is a whole legacy frame and a few bytes. It is taken for
   * what it is where the options don't allow legacy.
   */
  private boolean isTornBeforeItsTrailer(Walk legacy, Framing otherwise) {
    int rest = (int) Math.min(Framing.MAX_TRAILER_BYTES, blocks.end() - legacy.end());
    if (request.allowed().test(legacy.framing())) return false;
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
    return length <= request.maxRecordBytes() && walk.end() + walk.framing().size(length) > blocks.end();
  }

  /** Torn, unless the frame ends inside the file after all: then its first length is what was damaged. */
  private Recovery tornUnlessItsTailIsThere(Walk walk) {
    long end = walk.framing().searchEnd(blocks, walk.end());
    return end < 0 ? tornUnlessSomethingFollows(walk) : corrupt(walk, end < blocks.end() ? end : -1,
        "its first length is " + walk.framing().lengthAt(blocks, walk.end()) + ", its last one "
            + (walk.framing().length(walk.end(), end)));
  }

  private Recovery damagedUnlessNothingFollows(Walk walk) {
    Recovery found = tornUnlessSomethingFollows(walk);
    // Without trailers there is no telling a torn write from damage, so nothing may be cut.
    boolean undecided = found.tail() == Recovery.Tail.TORN && !walk.framing().hasTrailer();
    return undecided ? corrupt(walk, -1, "its lengths don't agree") : found;
  }

  private Recovery tornUnlessSomethingFollows(Walk walk) {
    long next = walk.framing().search(blocks, walk.end() + 1);
    return next < 0 ? torn(walk) : corrupt(walk, next, "a whole frame follows at " + next);
  }

  /**
   * What is not whole is what a writer left that died. It never leaves whole frames behind that; a power loss does, in the
   * file that the writer had open.
   */
  private Recovery aboveTheWatermark(Walk walk) {
    if (!mayCutFrames) {
      long next = walk.framing().search(blocks, walk.end() + 1);
      if (next >= 0 && !isExplained(walk, next)) return corrupt(walk, next, "a whole frame follows at " + next);
    }
    long tailEnd = mark.hasRoom() ? endOfTail(walk.end()) : blocks.end();
    return found(walk, blocks.end() - tailEnd, tailEnd == walk.end() ? Recovery.Tail.NONE : Recovery.Tail.TORN, -1, null);
  }

  /**
   * Whether the writer's own file may be so: what looks like a frame is in the data of an append that was not finished; or a
   * part is missing before it: a first length, which comes last where an append goes into room, or a sector of which the disk
   * has lost all.
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

  /** Where what is not zero ends, or the position where nothing above it is: from there on the file is room. */
  private long endOfTail(long position) {
    for (long to = blocks.end(); to > position; ) {
      long from = Math.max(position, to - ROOM_STEP_BYTES);
      if (!blocks.isZero(from, to - from)) return endOfData(from, to);
      to = from;
    }
    return position;
  }

  /** The same for a range that is not all zeros, by halves. */
  private long endOfData(long from, long to) {
    long start = from;
    long end = to;
    while (end - start > 1) {
      long middle = start + end >>> 1;
      if (blocks.isZero(middle, end - middle)) end = middle;
      else start = middle;
    }
    return end;
  }

  private Recovery damagedBelowTheWatermark(Walk walk) {
    return corrupt(walk, walk.framing().search(blocks, walk.end() + 1), "everything up to " + watermark + " was on disk");
  }

  Recovery torn(Walk walk) {
    return found(walk, Recovery.Tail.TORN, -1, null);
  }

  private Recovery corrupt(Walk walk, long nextGood, String what) {
    return found(walk, Recovery.Tail.CORRUPT, nextGood, what);
  }

  private Recovery found(Walk walk, Recovery.Tail tail, long nextGood, String what) {
    return found(walk, 0, tail, nextGood, what);
  }

  private Recovery found(Walk walk, long room, Recovery.Tail tail, long nextGood, String what) {
    return new Recovery(walk.framing(), walk.from(), walk.end(), walk.last(), walk.frames(), blocks.end(), watermark,
        room, tail, nextGood, what, walk.landmarks());
  }
}
