package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.engine.Starts;
import flumelog.error.FormatFailures;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads the {@link Trace}s of records, with a few short reads. It bypasses the cache, which may hold records deleted
 * since.
 */
final class Traces {
  private final String path;
  private final Framing framing;
  private final Blocks blocks;

  Traces(String path, Framing framing, Blocks blocks) {
    this.path = path;
    this.framing = framing;
    this.blocks = blocks;
  }

  /**
   * The traces of the record at the offset and of up to three before it; null if no record starts there below the end.
   */
  List<Trace> at(Starts starts, long offset, long end) {
    return offset >= 0 && offset < end && starts.first(offset, end) == offset ? at(offset, end) : null;
  }

  /** The traces of the record at the offset and of up to three before it. A record must start there. */
  List<Trace> at(long offset, long end) {
    Window window = blocks.windowToLookUp();
    try {
      return at(window, offset, end);
    } finally {
      window.release();
    }
  }

  private List<Trace> at(Window window, long offset, long end) {
    List<Trace> traces = new ArrayList<>(Position.MOST_TRACES);
    Frame frame = whole(framing.at(window, offset, end), offset);
    traces.add(trace(window, frame));
    while (traces.size() < Position.MOST_TRACES && frame.start() > 0) {
      frame = whole(framing.before(window, frame.start()), frame.start());
      traces.add(trace(window, frame));
    }
    return traces;
  }

  private Frame whole(Frame frame, long position) {
    if (frame == null) throw FormatFailures.corrupt(path, position, "its lengths or its trailer don't agree with those before");
    return frame;
  }

  private static Trace trace(Window window, Frame frame) {
    int length = (int) Math.min(Trace.HEAD_BYTES, frame.length());
    window.coverUpwards(frame.data(), length);
    byte[] head = window.read(frame.data(), length);
    return Trace.of(frame.length(), head, Bytes.areZero(head) && isZero(window, frame));
  }

  /** Reads all of the data, piece by piece. */
  private static boolean isZero(Window window, Frame frame) {
    long dataEnd = frame.data() + frame.length();
    for (long at = frame.data(); at < dataEnd; at += Window.MAX_BYTES) {
      long n = Math.min(Window.MAX_BYTES, dataEnd - at);
      window.coverUpwards(at, n);
      if (!window.isZero(at, n)) return false;
    }
    return true;
  }
}
