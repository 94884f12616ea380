package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.Landmarks;
import flumelog.frame.LegacyFraming;
import flumelog.protect.Protected;
import java.util.List;

/**
 * The result of inspecting a file: its good frames, and what the bytes behind them are. Inspecting only reads.
 *
 * <p>Frames are found by parsing forward, from the start or from a mark below which everything is durable. A search
 * through the bytes serves only to refuse a file. If whole frames follow behind the good ones, and no mark says what
 * was durable, the file was damaged, and nothing of it may be cut.
 *
 * @param good the good frames: a walk from the position where parsing began
 * @param size bytes of the file
 * @param durableEnd everything below it was durable, and the bytes above it are from a dead writer; -1 if nothing is known
 * @param rest the state of the bytes behind the good frames
 * @param proved what there is to know of a protected log besides; null if the log is not protected
 */
public record Recovery(Walk good, long size, long durableEnd, Rest rest, Proved proved) {
  /** NONE: the file ends with a good frame, or room. TORN: a writer died during an append. CORRUPT: good bytes were damaged. */
  public enum Tail { NONE, TORN, CORRUPT }

  /**
   * The state of the bytes behind the good frames. They are the tail, which may be empty, and then room, which may be absent.
   *
   * @param tail the state of the tail
   * @param room the number of zeros at the end of the file that are a writer's room
   * @param nextGood the start of a whole frame behind the damage, or -1
   * @param damage the damage in words, or null
   */
  record Rest(Tail tail, long room, long nextGood, String damage) {
    static final Rest NONE = beforeRoom(Tail.NONE, 0);
    static final Rest TORN = beforeRoom(Tail.TORN, 0);

    static Rest beforeRoom(Tail tail, long room) {
      return new Rest(tail, room, -1, null);
    }

    static Rest corrupt(long nextGood, String damage) {
      return new Rest(Tail.CORRUPT, 0, nextGood, damage);
    }
  }

  static final List<Framing> FRAMINGS = List.of(
      new FlumeFraming(53), new FlumeFraming(48),
      new FlumeFraming(32), new LegacyFraming());

  /** A file that is not longer than this is always read from its start. */
  static final long ALWAYS_SCANNED_BYTES = 1 << 16;

  public Framing framing() {
    return good.framing();
  }

  /** The position where parsing began. */
  public long scannedFrom() {
    return good.from();
  }

  /** The position just past the last good frame. */
  public long end() {
    return good.end();
  }

  /** The start of the last good frame, or -1. */
  public long last() {
    return good.last();
  }

  /** The start of the last record; -1 if there is none. In a protected log frames of its own may follow it. */
  public long lastRecord() {
    return proved == null ? last() : proved.lastRecord();
  }

  /** How many good frames there are. */
  public long frames() {
    return good.frames();
  }

  public Landmarks landmarks() {
    return good.landmarks();
  }

  public Tail tail() {
    return rest.tail();
  }

  /** The number of bytes of the tail. */
  public long tailBytes() {
    return size - rest.room() - end();
  }

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

  /**
   * Inspects a file that is not protected. Without a mark that fits, all of the file is read, and its bytes must speak for themselves.
   * A mark far into the file is believed, and only the frames above it are read. If the mark lies near the start, the file is read from
   * its start anyway, and the mark only says what may lie behind the frames. If a writer was at work when the mark was set, that is
   * what this writer has left; otherwise it may be anything.
   */
  private static Recovery inspectPlain(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    Inspection unknown = Inspection.withoutMark(path, blocks, Long.MAX_VALUE, request);
    if (!isUsable(mark, blocks, request)) return unknown.whole();
    long trusted = mark.trustedUpTo(boot);
    Inspection inspection = mark.dirty() ? Inspection.above(mark, path, blocks, boot, trusted, request, null) : unknown;
    if (mark.end() > ALWAYS_SCANNED_BYTES) return inspection.tailOf(Walk.from(mark, blocks, trusted, request.report()));
    if (!mark.dirty() || NoRecord.isOtherLog(blocks, mark)) return unknown.whole();
    Walk walk = Walk.from(mark.framing(), blocks, trusted, request.report());
    // A mark at 0 has no frame by which the checkpoint is known to be of this file. So the bytes must be such as the writer leaves.
    boolean isOfWriter = mark.end() > 0 || NoRecord.isLeftBy(mark, blocks, walk.end(), trusted == 0, request.maxRecordBytes());
    return isOfWriter ? inspection.tailOf(walk) : unknown.whole();
  }

  /** Inspects the whole file, also the part below the mark: for its repair. */
  public static Recovery inspectAll(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    Recovery found = ProvedInspection.inspect(path, blocks, mark, boot, request, true);
    if (found != null) return found;
    long trusted = isUsable(mark, blocks, request) ? mark.trustedUpTo(boot) : Long.MAX_VALUE;
    return Inspection.withoutMark(path, blocks, trusted, request).whole();
  }

  private static boolean isUsable(Mark mark, Blocks blocks, OpenRequest request) {
    return mark != null && request.allows(mark.framing()) && mark.end() <= blocks.end();
  }

  /**
   * The same result; or a corrupt one, if the file was cut: it ends inside a record below a position up to which it was
   * on disk. A short log is never refused because of its checkpoint.
   */
  public Recovery corruptIfCutBelow(long position) {
    if (tail() != Tail.TORN || end() >= position || position <= ALWAYS_SCANNED_BYTES) return this;
    return corruptBelow(position, "the file ends inside a record", proved);
  }

  /**
   * The same result; or a corrupt one, if a frame of a protected log was changed below a position up to which it was on disk. The
   * position is known to be of this log by the id in its head, even if the record there was changed.
   */
  Recovery corruptIfChangedBelow(long position) {
    if (proved == null || tail() != Tail.TORN || end() >= position || size < position) return this;
    return corruptBelow(position, "a frame below it was changed", new Proved(proved.by(), proved.lastRecord(), proved.noted(), Proved.CHECKSUM));
  }

  private Recovery corruptBelow(long onDisk, String damage, Proved ofProtected) {
    Rest corrupt = new Rest(Tail.CORRUPT, rest.room(), -1, "everything up to " + onDisk + " was on disk, and " + damage);
    return new Recovery(good, size, onDisk, corrupt, ofProtected);
  }

  /** The same result for a protected log. */
  Recovery with(Proved ofProtected) {
    return new Recovery(good, size, durableEnd, rest, ofProtected);
  }

  /** The same result with another end, which lies at or below this one. */
  Recovery endingAt(long position, Tail state) {
    return new Recovery(good.endingAt(position), size, durableEnd, new Rest(state, rest.room(), rest.nextGood(), rest.damage()), proved);
  }

  /** The result for a log of which only the head is written. */
  Recovery withHead(Protected by, long end) {
    landmarks().add(0);
    Walk head = new Walk(framing(), 0, end, 0, 1, landmarks());
    return new Recovery(head, size, durableEnd, Rest.beforeRoom(tail(), 0), new Proved(by, -1, new long[0], null));
  }
}
