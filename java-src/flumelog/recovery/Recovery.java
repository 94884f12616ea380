package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import flumelog.frame.LegacyFraming;
import flumelog.frame.OffsetWidth;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

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

  private static final long ROOM_STEP_BYTES = 1 << 16;

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
    Inspector nothingKnown = new Inspector(path, blocks, -1, null, false, Long.MAX_VALUE, request);
    if (!isUsable(mark, blocks, request)) return nothingKnown.whole();
    long trusted = mark.trustedUpTo(boot);
    boolean mayCutFrames = mark.own() && mark.mayHaveLost(boot);
    Inspector inspector =
        mark.dirty() ? new Inspector(path, blocks, mark.end(), mark, mayCutFrames, trusted, request) : nothingKnown;
    if (mark.end() > ALWAYS_SCANNED_BYTES) {
      return inspector.tailOf(Walk.from(mark, blocks, trusted, request.progress()));
    }
    if (!mark.dirty() || isOtherLog(blocks, mark)) return nothingKnown.whole();
    Walk walk = Walk.from(mark.framing(), blocks, trusted, request.progress());
    boolean isTied = mark.end() > 0 || NoRecord.isLeftBy(mark, blocks, walk.end(), trusted == 0, request.maxRecordBytes());
    return isTied ? inspector.tailOf(walk) : nothingKnown.whole();
  }

  /** The same where all of the file is looked at, also what lies below the mark: for whoever repairs it. */
  public static Recovery inspectAll(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    long trusted = isUsable(mark, blocks, request) ? mark.trustedUpTo(boot) : Long.MAX_VALUE;
    return new Inspector(path, blocks, -1, null, false, trusted, request).whole();
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
    return new Inspector("", blocks, -1, null, false, Long.MAX_VALUE, request).torn(Walk.empty(request.otherwise()));
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

  /** The inspection of one file; its methods read top to bottom as the decisions are made. */
  private record Inspector(
      String path, Blocks blocks, long watermark, Mark mark, boolean mayCutFrames, long trusted, OpenRequest request) {

    Recovery whole() {
      if (blocks.end() == 0) return tailOf(Walk.empty(request.otherwise()));
      List<Walk> walks = FRAMINGS.stream().map(framing -> Walk.from(framing, blocks, trusted, request.progress()))
          .filter(walk -> walk.frames() > 0).sorted(Comparator.comparingLong(Walk::end).reversed()).toList();
      if (walks.isEmpty()) return withoutRecord();
      if (isTornBeforeItsTrailer(walks.get(0), request.otherwise())) return torn(Walk.empty(request.otherwise()));
      Recovery best = tailOf(bestOf(walks));
      return request.allowed().test(best.framing) ? best : other(walks, best);
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
      boolean undecided = best.frames == 1 && best.tail == Tail.TORN;
      return walks.stream().filter(walk -> undecided && request.allowed().test(walk.framing())).findFirst().map(this::tailOf)
          .filter(recovery -> recovery.tail == Tail.TORN)
          .orElseThrow(() -> FormatFailures.wrongFormat(path, "is " + best.framing.describe() + ", not what the options "
              + "name; open it without naming :framing and :offset-bits", best.framing.describe()));
    }

    Recovery tailOf(Walk walk) {
      long rest = blocks.end() - walk.end();
      if (rest == 0) return found(walk, Tail.NONE, -1, null);
      if (isRoom(walk, rest)) return found(walk, rest, Tail.NONE, -1, null);
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
      boolean undecided = found.tail == Tail.TORN && !walk.framing().hasTrailer();
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
      return found(walk, blocks.end() - tailEnd, tailEnd == walk.end() ? Tail.NONE : Tail.TORN, -1, null);
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

    private Recovery torn(Walk walk) {
      return found(walk, Tail.TORN, -1, null);
    }

    private Recovery corrupt(Walk walk, long nextGood, String what) {
      return found(walk, Tail.CORRUPT, nextGood, what);
    }

    private Recovery found(Walk walk, Tail tail, long nextGood, String what) {
      return found(walk, 0, tail, nextGood, what);
    }

    private Recovery found(Walk walk, long room, Tail tail, long nextGood, String what) {
      return new Recovery(walk.framing(), walk.from(), walk.end(), walk.last(), walk.frames(), blocks.end(), watermark,
          room, tail, nextGood, what, walk.landmarks());
    }
  }
}
