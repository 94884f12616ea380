package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.block.Mapping;
import flumelog.block.Window;
import flumelog.error.LogException;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Function;

/**
 * Finds records by their offsets: through the cache where all of the log fits into it, otherwise by reading just what
 * lies between the landmark below and the end of the record. A log that is only read does so always, because what
 * another process deletes is still in the cache.
 */
final class Lookup {
  /** More threads than these make windows of their own. */
  private static final int KEPT_WINDOWS = 16;

  /** Behind the offset as much is read at once as short records take. */
  private static final int AHEAD_BYTES = 1 << 10;

  private final String path;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final LogOptions options;
  private final ArrayBlockingQueue<Window> windows = new ArrayBlockingQueue<>(KEPT_WINDOWS);

  Lookup(String path, Framing framing, Blocks blocks, Starts starts, LogOptions options) {
    this.path = path;
    this.framing = framing;
    this.blocks = blocks;
    this.starts = starts;
    this.options = options;
  }

  /** The frame that starts at the offset below the end, or null when none does. */
  Frame frame(long offset, long end) {
    return offset < 0 || offset >= end ? null : frame(blocks, starts.landmark(offset), offset, end);
  }

  /** The data of the record at the offset below the end, all zeros when it was deleted; null when none starts there. */
  byte[] data(long offset, long end) {
    if (offset < 0 || offset >= end) return null;
    long from = starts.landmark(offset);
    if (isInCache()) return data(blocks, frame(blocks, from, offset, end));
    try {
      byte[] mapped = mappedData(from, offset);
      return mapped == null ? readData(from, offset, end) : mapped;
    } catch (InternalError e) {
      // The file was cut while it was mapped.
      blocks.unmap();
      return readData(from, offset, end);
    }
  }

  private byte[] readData(long from, long offset, long end) {
    Window window = windows.poll();
    if (window == null) window = blocks.windowToLookUp();
    window.coverUpwards(from, Math.min(end - from, offset - from + AHEAD_BYTES));
    byte[] data = data(window, frame(window, from, offset, end));
    window.forget();
    windows.offer(window);
    return data;
  }

  /** The length of a record's data, which is at most the maximum. */
  int checkLength(long offset, long length) {
    if (length <= options.maxRecordBytes()) return (int) length;
    throw LogException.storedRecordTooLarge(path, offset, length, options.maxRecordBytes());
  }

  /** The data out of the mapped file; null where no whole frame is seen there, and the file has to tell why. */
  private byte[] mappedData(long from, long offset) {
    Mapping mapped = blocks.mapped();
    if (mapped == null) return null;
    long end = mappedEnd(mapped, from, offset);
    byte[] data = end < 0 ? null : wholeData(mapped, offset, end);
    if (data == null) Mapping.throwFault();
    return data;
  }

  /** Where the frame at the offset ends by its first length; -1 where none can be. */
  private long mappedEnd(Mapping mapped, long from, long offset) {
    if (offset > mapped.end() - framing.overhead()) return -1;
    // Before it is known that a frame starts there: the processor fetches it meanwhile.
    long length = framing.lengthAt(mapped, offset);
    if (!isStart(mapped, from, offset)) return -1;
    long end = offset + framing.size(length);
    return length > options.maxRecordBytes() || end > mapped.end() ? -1 : end;
  }

  /** Goes up from the landmark below and down from the one above at once, so that the waits for memory overlap. */
  private boolean isStart(Mapping mapped, long landmark, long offset) {
    if (landmark == offset) return true;
    long up = landmark;
    long down = starts.landmarkAbove(offset);
    if (down > mapped.end()) down = -1;
    while (up < offset && down != offset) {
      up += framing.size(framing.lengthAt(mapped, up));
      if (down - offset >= framing.overhead()) down -= framing.size(framing.lastLengthAt(mapped, down));
    }
    return up == offset || down == offset;
  }

  /**
   * Where the frame ends is mostly known from memory too. Then it is that number which is used: the processor goes on with it,
   * and waits for the frame's length, data and end at once and not for one after the other.
   */
  private byte[] wholeData(Mapping mapped, long start, long end) {
    long known = starts.landmarkAbove(start);
    return end == known ? dataBetween(mapped, start, known) : dataBetween(mapped, start, end);
  }

  private byte[] dataBetween(Mapping mapped, long start, long end) {
    byte[] data = mapped.read(start + Framing.LENGTH_BYTES, (int) (end - start - framing.overhead()));
    return framing.isFrame(mapped, start, end) ? data : null;
  }

  private record Seen<T>(T value) {}

  /** What the reader makes of the data at the offset below the end; null where no live record starts there. */
  <T> T view(long offset, long end, Function<ByteBuffer, T> reader) {
    Seen<T> seen = offset < 0 || offset >= end || isInCache() ? null : viewInMapping(offset, reader);
    if (seen != null) return seen.value;
    byte[] data = data(offset, end);
    return data == null || OffsetLog.isZero(data) ? null : reader.apply(ByteBuffer.wrap(data).asReadOnlyBuffer());
  }

  private <T> Seen<T> viewInMapping(long offset, Function<ByteBuffer, T> reader) {
    Mapping mapped = blocks.mapped();
    if (mapped == null) return null;
    try {
      long end = mappedEnd(mapped, starts.landmark(offset), offset);
      Seen<T> seen = end < 0 ? null : wholeView(mapped, offset, end, reader);
      if (seen == null) Mapping.throwFault();
      return seen;
    } catch (InternalError e) {
      blocks.unmap();
      return null;
    }
  }

  /** As with the data: see {@link #wholeData}. */
  private <T> Seen<T> wholeView(Mapping mapped, long start, long end, Function<ByteBuffer, T> reader) {
    long known = starts.landmarkAbove(start);
    return end == known ? viewBetween(mapped, start, known, reader) : viewBetween(mapped, start, end, reader);
  }

  /** Null where the frame was not whole, or not live, before or after the reader had seen it. */
  private <T> Seen<T> viewBetween(Mapping mapped, long start, long end, Function<ByteBuffer, T> reader) {
    long length = end - start - framing.overhead();
    if (!isLive(mapped, start, length)) return null;
    try {
      T value = mapped.read(start + Framing.LENGTH_BYTES, (int) length, reader);
      return framing.isFrame(mapped, start, end) && isLive(mapped, start, length) ? new Seen<>(value) : null;
    } catch (RuntimeException e) {
      if (framing.isFrame(mapped, start, end)) throw e;
      return null;
    }
  }

  private static boolean isLive(Mapping mapped, long start, long length) {
    return !mapped.isZero(start + Framing.LENGTH_BYTES, length);
  }

  private boolean isInCache() {
    return options.writable() && blocks.fitInCache();
  }

  private byte[] data(Bytes bytes, Frame frame) {
    return frame == null ? null : bytes.read(frame.data(), checkLength(frame.start(), frame.length()));
  }

  private Frame frame(Bytes bytes, long from, long offset, long end) {
    if (starts.first(bytes, from, offset, end) != offset) return null;
    if (bytes instanceof Window window && end - offset > framing.overhead()) {
      window.coverUpwards(offset, Math.min(end - offset, framing.size(framing.lengthAt(window, offset))));
    }
    Frame frame = framing.at(bytes, offset, end);
    if (frame == null) throw LogException.corrupt(path, offset, "its lengths or its trailer don't agree");
    return frame;
  }
}
