package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.error.LogException;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import java.nio.ByteBuffer;
import java.util.Comparator;
import java.util.List;

/**
 * Finds all whole frames of a file, also those behind damage. A frame behind damage is found by a search, which data
 * can mislead. So a scan serves to inspect a damaged file and to save its records, not to open it.
 */
public final class FileScan {
  /** Is called for the frames and for the ranges without frames, in the order of positions. */
  public interface Visitor {
    void frame(Frame frame);

    /** Called before the others for a protected log, with the window through which it is read. It has all of the frame of a call. */
    default void reading(Window window) {}

    /** Called for a proved record, before {@link #frame}, with its payload, which is there until the window is used again. */
    default void payload(ByteBuffer payload) {}

    /** Called for a range from (inclusive) to (exclusive) without a whole frame. */
    void skipped(long from, long to);

    /** Called for a whole frame of a protected log that is not proved, before its range is skipped. */
    default void unproved(Frame frame) {}

    /** Called for a proved frame of a protected log that is one of its own, and no record. */
    default void own(Frame frame, int kind) {}

    /** Called for a frame of a batch, before {@link #frame}; {@code hasMore} is false for its last frame. */
    default void inBatch(Frame frame, boolean hasMore) {}
  }

  private FileScan() {}

  /** @param trusted above this position a frame may have lost a sector of its data; such a frame is not whole */
  public static void run(Framing framing, Blocks blocks, long trusted, Visitor visitor) {
    long at = 0;
    while (at < blocks.end()) {
      Frame frame = framing.at(blocks, at, blocks.end());
      boolean isZero = frame == null && blocks.isZero(at, blocks.end() - at);
      if (frame == null && !isZero) frame = lookAgain(framing, blocks, at);
      if (frame != null) {
        if (at >= trusted && frame.hasHole(blocks)) visitor.skipped(at, frame.end());
        else visitor.frame(frame);
        at = frame.end();
      } else {
        long next = isZero ? -1 : framing.search(blocks, at + 1);
        visitor.skipped(at, next < 0 ? blocks.end() : next);
        at = next < 0 ? blocks.end() : next;
      }
    }
  }

  /** Runs over a protected log, of which only proved frames and deleted records are whole. A search accepts only proved frames. */
  public static void run(Protected by, Blocks blocks, Visitor visitor) {
    Window window = blocks.windowToScan();
    visitor.reading(window);
    long at = 0;
    while (at < blocks.end()) {
      Frame frame = frameAt(by.framing(), window, at, blocks.end());
      if (frame == null) {
        boolean isZero = blocks.isZero(at, blocks.end() - at);
        long next = isZero ? -1 : search(by.framing(), blocks, by, at + 1);
        at = skip(visitor, at, next < 0 ? blocks.end() : next);
      } else {
        at = visit(by, window, frame, visitor);
      }
    }
    window.release();
  }

  /** The whole frame that starts at the position; null if there is none. The window has all of it. */
  static Frame frameAt(Framing framing, Window window, long start, long limit) {
    // cpu: nearly all frames are in the memory of the window, and present.
    ByteBuffer memory = window.inMemory();
    long held = memory == null ? start : window.holdsUpTo(start);
    long quickEnd = held > start ? framing.quickEndOf(memory, window.from(), start, Math.min(held, limit)) : -1;
    if (quickEnd >= 0) return framing.frame(start, quickEnd);
    window.coverUpwards(start, Math.min(framing.overhead(), limit - start));
    long end = framing.endOf(window, start, limit);
    if (end < 0) return null;
    window.coverUpwards(start, end - start);
    return framing.frame(start, end);
  }

  private static long visit(Protected by, Window window, Frame frame, Visitor visitor) {
    int kind = frame.length() == 0 ? Kind.UNPROVED : (int) window.uint(frame.data(), 1);
    ByteBuffer payload = kind >= Kind.RECORD ? by.opened(window, frame) : null;
    if (payload == null) kind = kind != 0 ? Kind.UNPROVED : window.isZero(frame.data(), frame.length()) ? Kind.DELETED : Kind.UNPROVED;
    if (kind == Kind.UNPROVED) {
      visitor.unproved(frame);
      return skip(visitor, frame.start(), frame.end());
    }
    visitor.inBatch(frame, Kind.hasMore(kind));
    if (kind >= Kind.HEAD) {
      visitor.own(frame, kind);
    } else {
      if (payload != null) visitor.payload(payload);
      visitor.frame(frame);
    }
    return frame.end();
  }

  private static long skip(Visitor visitor, long from, long to) {
    visitor.skipped(from, to);
    return to;
  }

  /**
   * The start of the first frame at or above the position that seems to be one; -1 if there is none.
   *
   * @param by the protection of the log, so that only a proved frame counts; null if the log has none
   */
  static long search(Framing framing, Blocks blocks, Protected by, long from) {
    long start = framing.search(blocks, from);
    while (by != null && start >= 0 && by.kindOf(blocks, framing.at(blocks, start, blocks.end())) <= 0) {
      start = framing.search(blocks, start + 1);
    }
    return start;
  }

  /** Reads again: if the bytes further on are not zeros, a writer may have filled this place of its room meanwhile. */
  private static Frame lookAgain(Framing framing, Blocks blocks, long at) {
    blocks.forget();
    return framing.at(blocks, at, blocks.end());
  }

  /**
   * The framing of a file: the one that reads most of it from its start. If none reads more than one record there, it
   * is the one that finds most frames in the whole file. Legacy comes last then, because every frame of another framing
   * begins like a legacy frame. A file without any frame may still be an empty log: see {@link NoRecord}.
   *
   * @param mark up to where the file was known to be durable, or null
   * @throws LogException {@code :wrong-format} if no framing that the request allows finds a frame, and the file is not
   *     an empty log
   */
  public static Framing framingOf(String path, Blocks blocks, Mark mark, long boot, OpenRequest request) {
    List<Framing> framings = Recovery.FRAMINGS.stream().filter(request::allows).toList();
    Walk longest = framings.stream().map(framing -> Walk.from(framing, blocks, request.report()))
        .max(Comparator.comparingLong(Walk::end)).orElseThrow();
    if (longest.frames() > 1 || longest.end() == blocks.end()) return longest.framing();
    return framings.stream().filter(framing -> bytesOfFrames(framing, blocks) > 0)
        .max(Comparator.comparing(Framing::hasTrailer)
            .thenComparingLong(framing -> bytesOfFrames(framing, blocks)))
        .orElseGet(() -> Recovery.inspect(path, blocks, mark, boot, request).framing());
  }

  private static long bytesOfFrames(Framing framing, Blocks blocks) {
    long[] bytes = {0};
    run(framing, blocks, Long.MAX_VALUE, new Visitor() {
      @Override
      public void frame(Frame frame) {
        bytes[0] += frame.end() - frame.start();
      }

      @Override
      public void skipped(long from, long to) {}
    });
    return bytes[0];
  }
}
