package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongConsumer;

/**
 * A walk over the frames of a protected log, which proves each of them and counts only whole batches.
 *
 * <p>Below a position the walk goes on behind a frame that is not proved, or is all zeros, because a note further on may say that its
 * record is deleted. From that position on it stops there.
 */
public final class ProvedWalk {
  /**
   * A frame that a later note must explain.
   *
   * @param isZero whether all its data is zero
   * @param good the state of the walk before its batch
   */
  record Pending(long start, boolean isZero, Good good) {}

  /**
   * The whole batches so far.
   *
   * @param end where they end
   * @param last start of the last frame
   * @param lastRecord start of the last frame with a record
   * @param frames how many frames there are
   */
  record Good(long end, long last, long lastRecord, long frames) {}

  private static final int LOOK_BACK_BYTES = 1 << 10;

  private final Protected by;
  private final Framing framing;
  private final long explainedBelow;
  private final LongConsumer starts;
  private final Map<Long, Pending> pending = new LinkedHashMap<>();
  private Good good;
  /** Where the next frame starts. */
  private long at;
  private long lastProved = -1;
  private long lastRecord;
  /** The starts of the frames of the batch under way. */
  private long[] batch = new long[16];
  private int batchFrames;
  private long[] noted = new long[16];
  private int notedCount;
  private long notedFrom;
  private boolean isFollowing;

  /**
   * @param end where the walk begins
   * @param last start of the frame that ends there, or -1
   * @param lastRecord start of the last frame with a record below; -1 if there is none, or if it is not known
   * @param frames how many frames lie below
   * @param explainedBelow below this position notes are believed to explain zeros and unproved frames
   * @param starts is given the start of each frame of a whole batch
   */
  public ProvedWalk(
      Protected by, long end, long last, long lastRecord, long frames, long explainedBelow, LongConsumer starts) {
    this.by = by;
    this.framing = by.framing();
    this.good = new Good(end, last, lastRecord, frames);
    this.at = end;
    this.lastRecord = lastRecord;
    this.explainedBelow = explainedBelow;
    this.starts = starts;
  }

  /** Keeps the offsets in notes that lie at or above the position. */
  void keepNotesFrom(long position) {
    notedFrom = position;
  }

  /** Stops at each frame that is not proved, and believes that zeros are deleted records: for a reader, beside a writer at work. */
  public ProvedWalk following() {
    isFollowing = true;
    return this;
  }

  /** Walks up to the limit, or to a frame that is not whole, or not proved and not to be explained. */
  public void run(Window window, long limit, OpenRequest.Report report) {
    long due = report == null ? Long.MAX_VALUE : at + Walk.REPORT_BYTES;
    for (long end = endOf(window, at, limit); end >= 0; end = endOf(window, at, limit)) {
      Frame frame = framing.frame(at, end);
      window.coverUpwards(at, end - at);
      int kind = by.kindOf(window, frame);
      if (kind <= 0 && !mayBeExplained(frame, kind)) return;
      if (kind > 0) lastProved = at;
      if (kind == Kind.NOTE) take(by.noted(window, frame), frame.start() >= notedFrom);
      add(frame, kind);
      if (at >= due) {
        due = at + Walk.REPORT_BYTES;
        report.at(at, limit);
      }
    }
  }

  private boolean mayBeExplained(Frame frame, int kind) {
    if (frame.start() >= explainedBelow) return false;
    if (isFollowing) return kind == Kind.DELETED;
    pending.put(frame.start(), new Pending(frame.start(), kind == Kind.DELETED, good));
    return true;
  }

  /** A deleted record has lost its kind, and counts as the end of its batch. */
  private void add(Frame frame, int kind) {
    if (batchFrames == batch.length) batch = Arrays.copyOf(batch, 2 * batch.length);
    batch[batchFrames++] = frame.start();
    if (kind <= 0 || Kind.isRecord(kind)) lastRecord = frame.start();
    at = frame.end();
    if (!Kind.hasMore(kind)) endBatch(frame.start());
  }

  private void endBatch(long last) {
    good = new Good(at, last, lastRecord, good.frames + batchFrames);
    for (int i = 0; i < batchFrames; i++) starts.accept(batch[i]);
    batchFrames = 0;
  }

  /** A record that is noted and not all zeros is to be deleted, wherever its note lies. */
  private void take(long[] offsets, boolean isKept) {
    if (notedCount + offsets.length > noted.length) noted = Arrays.copyOf(noted, 2 * (notedCount + offsets.length));
    for (long offset : offsets) {
      Pending explained = pending.remove(offset);
      if (isKept || explained != null && !explained.isZero) noted[notedCount++] = offset;
    }
  }

  /** The end of the frame that starts there, or -1. Reads only the frame's ends, not long data. */
  private long endOf(Window window, long start, long limit) {
    window.coverUpwards(start, Math.min(framing.overhead(), limit - start));
    return framing.endOf(window, start, limit);
  }

  /** The start of the last record below the end of a frame; -1 if there is none. Usually it is that of the frame. */
  public static long lastRecordBelow(Protected by, Blocks blocks, long end) {
    Window window = blocks.windowToLookUp();
    for (long at = end; at > 0; ) {
      window.coverDownwards(at, Math.min(at, LOOK_BACK_BYTES));
      long start = by.framing().startOf(window, at, 0);
      if (start < 0) return -1;
      int kind = (int) window.uint(Framing.dataStart(start), 1);
      if (kind == 0 || Kind.isRecord(kind)) return start;
      at = start;
    }
    return -1;
  }

  Good good() {
    return good;
  }

  /** Where the walk has stopped. A batch may be under way. */
  public long at() {
    return at;
  }

  /** Whether the last batch is not whole. */
  boolean isInBatch() {
    return batchFrames > 0;
  }

  /** The first frame that no note explains; null if there is none. */
  Pending firstUnexplained() {
    return pending.isEmpty() ? null : pending.values().iterator().next();
  }

  /**
   * The first frame behind the position that is not proved, and would be a note but for some of its bits; null if there is none. It may
   * be the note that explains zeros.
   */
  Pending damagedNoteBehind(long position, Bytes bytes) {
    for (Pending frame : pending.values()) {
      if (frame.start > position && !frame.isZero && by.isLikeNote(bytes, frame.start)) return frame;
    }
    boolean isNote = at < bytes.end() - framing.overhead() && bytes.uint(Framing.dataStart(at), 1) == Kind.NOTE;
    return isNote ? new Pending(at, false, good) : null;    // its lengths may be damaged: the walk ends there
  }

  /** Whether a proved frame lies behind the position. */
  boolean hasProvedBehind(long position) {
    return lastProved > position;
  }

  long[] noted() {
    return Arrays.copyOf(noted, notedCount);
  }

  /** Where the last whole batch ends. */
  public long end() {
    return good.end;
  }

  /** The start of the last frame below the end; -1 if there is none. */
  public long last() {
    return good.last;
  }

  /** The start of the last record below the end; -1 if there is none. */
  public long lastRecord() {
    return good.lastRecord;
  }

  /** How many frames lie below the end. */
  public long frames() {
    return good.frames;
  }
}
