package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.error.FormatFailures;
import flumelog.frame.Frame;
import flumelog.frame.Landmarks;
import flumelog.protect.HeadRecord;
import flumelog.protect.Protected;
import java.util.function.LongConsumer;

/**
 * Inspects the file of a protected log. Each frame above the mark is proved, and the log ends with the last whole batch. Without a
 * mark the whole file is proved.
 */
final class ProvedInspection {
  private final String path;
  private final Blocks blocks;
  private final Protected by;
  private final Mark mark;
  private final Inspection inspection;
  private Landmarks landmarks;

  private ProvedInspection(String path, Blocks blocks, Protected by, Mark mark, long boot, OpenRequest request) {
    this.path = path;
    this.blocks = blocks;
    this.by = by;
    this.mark = mark;
    boolean isOfWriter = mark != null && mark.dirty();
    this.inspection = isOfWriter ? Inspection.above(mark, path, blocks, boot, Long.MAX_VALUE, request, by)
        : new Inspection(path, blocks, null, false, Long.MAX_VALUE, request, by);
  }

  /**
   * The result for a protected file; null for any other file.
   *
   * @param mark up to where the file was known to be durable, or null
   * @param readsAll whether the part below the mark is proved too
   */
  static Recovery inspect(String path, Blocks blocks, Mark mark, long boot, OpenRequest request, boolean readsAll) {
    if (blocks.end() == 0) return null;
    if (!isHeadAtStartOf(blocks) && !(request.isProtected() && HeadRecord.mayHaveLostItsHead(blocks))) return null;
    Protected by = Protected.atStartOf(blocks, path, request.key(), request.seal());
    if (by == null) return withoutHead(path, blocks, request);
    if (by.envelope() == null && request.isRawReader()) return null;
    request.checkProtection(path, by);
    if (by.envelope() == null) throw by.unusable(path);
    if (!request.allows(by.framing())) {
      throw FormatFailures.wrongFormat(path, "is " + by.framing().describe() + ", not what the options name; open it without"
          + " framing and offset-bits in the options", by.framing().describe());
    }
    // A mark at 0 knows nothing: the head is forced before the first mark of a protected log.
    boolean fits = mark != null && mark.end() > 0 && mark.framing().equals(by.framing()) && mark.end() <= blocks.end();
    return new ProvedInspection(path, blocks, by, fits ? mark : null, boot, request).result(request, readsAll);
  }

  /** Reads a few bytes only, since a long log is opened without reading its start. */
  private static boolean isHeadAtStartOf(Blocks blocks) {
    Window start = blocks.windowToLookUp();
    start.coverUpwards(0, Math.min(HeadRecord.BYTES, blocks.end()));
    return HeadRecord.isAtStartOf(start);
  }

  /** If nothing lies behind the head, the creation of the file was interrupted. */
  private static Recovery withoutHead(String path, Blocks blocks, OpenRequest request) {
    Walk nothing = Walk.empty(request.otherwise());
    Inspection unknown = Inspection.withoutMark(path, blocks, Long.MAX_VALUE, request);
    boolean isTorn = HeadRecord.isAlone(blocks) && request.id() == null;
    if (isTorn && request.writable() && !request.isProtected()) throw FormatFailures.tornHead(path);
    if (isTorn) return unknown.torn(nothing).with(Proved.TORN_HEAD);
    return unknown.corrupt(nothing, -1, "its head record, which says how the log is protected, is damaged").with(Proved.DAMAGED_HEAD);
  }

  /** Refuses a file that is not protected as the options name. */
  static Recovery checkProtection(String path, Recovery found, OpenRequest request) {
    if (found.end() > 0 || request.id() != null) request.checkProtection(path, null);
    return found;
  }

  private Recovery result(OpenRequest request, boolean readsAll) {
    long durable = mark == null ? -1 : mark.end();
    long from = durable > Recovery.ALWAYS_SCANNED_BYTES && !readsAll ? durable : 0;
    ProvedWalk walk = walk(from, durable < 0 ? Long.MAX_VALUE : durable, request);
    if (by.framing().at(blocks, walk.at(), blocks.end()) != null) walk = explained(walk, from, request);
    ProvedWalk.Pending bad = walk.firstUnexplained();
    return bad == null ? judge(walk, from) : judgeUnexplained(walk, bad, from, durable);
  }

  private ProvedWalk walk(long from, long explainedBelow, OpenRequest request) {
    landmarks = from > 0 ? Landmarks.from(from) : new Landmarks();
    return walk(from, explainedBelow, landmarks::add, request);
  }

  private ProvedWalk walk(long from, long explainedBelow, LongConsumer starts, OpenRequest request) {
    ProvedWalk walk = new ProvedWalk(by, from, from > 0 ? mark.last() : -1, -1, from > 0 ? mark.frames() : 0, explainedBelow, starts);
    walk.keepNotesFrom(mark == null ? 0 : mark.end());
    Window window = blocks.windowToScan();
    walk.run(window, blocks.end(), request.report());
    window.release();
    return walk;
  }

  /**
   * The walk that stopped above the mark at a frame that is not proved; or one that goes further, if a later note explains that
   * frame. A record is below the mark before its note is written, so the checkpoint is older than the file then.
   */
  private ProvedWalk explained(ProvedWalk stopped, long from, OpenRequest request) {
    ProvedWalk.Pending bad = walk(from, Long.MAX_VALUE, start -> {}, request).firstUnexplained();
    if (bad != null && bad.start() <= stopped.at()) return stopped;
    return walk(from, bad == null ? Long.MAX_VALUE : bad.start(), request);
  }

  /** The frame was written once, or it is a torn append, which no proved frame follows. */
  private Recovery judgeUnexplained(ProvedWalk walk, ProvedWalk.Pending unexplained, long from, long durable) {
    ProvedWalk.Pending note = unexplained.isZero() ? walk.damagedNoteBehind(unexplained.start(), blocks) : null;
    ProvedWalk.Pending bad = note == null ? unexplained : note;    // zeros are there only if their note was on disk before
    ProvedWalk.Good good = bad.good();
    boolean isTorn = durable < 0 && !unexplained.isZero() && !walk.hasProvedBehind(bad.start());
    landmarks.forgetFrom(good.end());
    Walk upTo = new Walk(by.framing(), from, good.end(), good.last(), good.frames(), landmarks);
    if (isTorn) return inspection.torn(upTo).with(proved(walk, good, null));
    return inspection.corrupt(upTo, -1, "the frame at " + bad.start() + (bad.isZero()
        ? " is all zeros, and no note says that it was deleted" : " has a wrong checksum"))
        .with(proved(walk, good, bad.isZero() ? Proved.UNNOTED : Proved.CHECKSUM));
  }

  private Recovery judge(ProvedWalk walk, long from) {
    ProvedWalk.Good good = walk.good();
    Walk upTo = new Walk(by.framing(), from, walk.at(), good.last(), good.frames(), landmarks);
    Frame unproved = by.framing().at(blocks, walk.at(), blocks.end());
    Recovery judged = unproved != null && inspection.durableEnd() < 0 && mark != null
        ? inspection.corrupt(upTo, -1, "the frame at " + walk.at() + " was not written to this log: its checksum is wrong")
        : inspection.tailOf(upTo);
    boolean isTorn = walk.isInBatch() && judged.tail() == Recovery.Tail.NONE;
    Recovery whole = judged.endingAt(good.end(), isTorn ? Recovery.Tail.TORN : judged.tail());
    return whole.with(proved(walk, good, judged.tail() == Recovery.Tail.CORRUPT ? Proved.CHECKSUM : null));
  }

  private Proved proved(ProvedWalk walk, ProvedWalk.Good good, String why) {
    return new Proved(by, good.lastRecord() >= 0 ? good.lastRecord() : ProvedWalk.lastRecordBelow(by, blocks, good.end()), walk.noted(), why);
  }
}
