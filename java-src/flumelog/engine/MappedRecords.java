package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.block.Mapping;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import java.nio.ByteBuffer;
import java.util.function.Function;

/**
 * Reads records from the mapped file, if the log is longer than its cache. A method returns null if it sees no whole record there; then
 * the caller reads the file to learn why. The end of a frame is checked after its data, because a file that is cut loses its end first.
 */
// cpu: few instructions and few branches lie between two records, so that the processor can start on the next record
// while it waits for the memory of this one.
final class MappedRecords {
  /** The result of a reader, which may be null. */
  record Seen<T>(T value) {}

  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final boolean mayUseCache;
  private final int overhead;
  private final int maxRecordBytes;

  MappedRecords(Framing framing, Blocks blocks, Starts starts, boolean mayUseCache, int maxRecordBytes) {
    this.framing = framing;
    this.blocks = blocks;
    this.starts = starts;
    this.mayUseCache = mayUseCache;
    this.overhead = framing.overhead();
    this.maxRecordBytes = maxRecordBytes;
  }

  /** Whether the cache holds the whole log. */
  boolean cacheSuffices() {
    return mayUseCache && blocks.fitInCache();
  }

  /** The mapping of the offset, nearly always the current one. Maps more if the log is too long for the cache. */
  private Mapping mapped(long offset) {
    Mapping mapping = blocks.mapping();
    if (mapping != null && offset < mapping.end()) return mapping;
    return cacheSuffices() ? null : blocks.mapped();
  }

  /** The data of the record at the offset, all zeros if it was deleted. */
  byte[] data(long offset) {
    Mapping mapped = mapped(offset);
    if (mapped == null) return null;
    try {
      byte[] data = data(mapped, offset);
      // null may mean that the bytes were cut away: this throws then.
      if (data == null) Mapping.throwFault();
      return data;
    } catch (InternalError e) {
      // The file was cut while it was mapped.
      blocks.unmap();
      return null;
    }
  }

  // cpu: if the next landmark is this frame's end, it is used instead of the length that was just loaded. So the load
  // of the data does not wait for the load of the length.
  private byte[] data(Mapping mapped, long offset) {
    int length = lengthAt(mapped, offset);
    if (length < 0) return null;
    long end = offset + overhead + length;
    long known = starts.landmarkAbove(offset);
    byte[] data = end == known ? dataBetween(mapped, offset, known) : dataBetween(mapped, offset, end);
    return isWhole(mapped, offset, length) ? data : null;
  }

  /** The payload of the record at the offset in a protected log; null also if it is not proved, not a record, or deleted. */
  byte[] payload(Protected by, long offset) {
    Mapping mapped = mapped(offset);
    if (mapped == null) return null;
    try {
      byte[] payload = payload(by, mapped, offset);
      if (payload == null) Mapping.throwFault();
      return payload;
    } catch (InternalError e) {
      blocks.unmap();
      return null;
    }
  }

  private byte[] payload(Protected by, Mapping mapped, long offset) {
    int length = lengthAt(mapped, offset);
    if (length < 0) return null;
    long end = offset + overhead + length;
    long known = starts.landmarkAbove(offset);
    byte[] payload = end == known ? payloadBetween(by, mapped, offset, known) : payloadBetween(by, mapped, offset, end);
    boolean isRecord = Kind.isRecord(mapped.segment(offset).get(Mapping.at(offset) + Framing.LENGTH_BYTES) & 0xFF);
    return isRecord && isWhole(mapped, offset, length) ? payload : null;
  }

  private byte[] payloadBetween(Protected by, Mapping mapped, long start, long end) {
    return by.envelope().payload(mapped, Framing.dataStart(start), (int) (end - start) - overhead, start);
  }

  private byte[] dataBetween(Mapping mapped, long start, long end) {
    return mapped.read(Framing.dataStart(start), (int) (end - start) - overhead);
  }

  /** The reader's result for the record at the offset; null unless the record is whole and not deleted before and after. */
  <T> Seen<T> view(long offset, Function<ByteBuffer, T> reader) {
    Mapping mapped = mapped(offset);
    if (mapped == null) return null;
    try {
      Seen<T> seen = view(mapped, offset, reader);
      if (seen == null) Mapping.throwFault();
      return seen;
    } catch (InternalError e) {
      if (canBeRead(mapped, offset)) throw e; // the error is the reader's own
      blocks.unmap();
      return null;
    }
  }

  private boolean canBeRead(Mapping mapped, long offset) {
    try {
      byte[] data = data(mapped, offset);
      Mapping.throwFault();
      return data != null;
    } catch (InternalError e) {
      return false;
    }
  }

  private <T> Seen<T> view(Mapping mapped, long offset, Function<ByteBuffer, T> reader) {
    int length = lengthAt(mapped, offset);
    if (length < 0 || !isPresent(mapped, offset, length)) return null;
    try {
      T value = mapped.read(Framing.dataStart(offset), length, reader);
      return isWhole(mapped, offset, length) && isPresent(mapped, offset, length) ? new Seen<>(value) : null;
    } catch (RuntimeException e) {
      if (isWhole(mapped, offset, length)) throw e;
      return null;
    }
  }

  /**
   * The length of the record that starts at the offset; -1 if none starts there, or if it is not mapped in one piece. A
   * length of 0 counts as no record, because a page that was cut off the file reads as zeros.
   */
  private int lengthAt(Mapping mapped, long offset) {
    if (offset >= mapped.end()) return -1;
    ByteBuffer bytes = mapped.segment(offset);
    int most = bytes.capacity() - Mapping.at(offset) - overhead;
    if (most < 0) return -1;
    // cpu: loaded before it is known that a frame starts there, so that the processor fetches it meanwhile.
    int length = bytes.getInt(Mapping.at(offset));
    return length > 0 && length <= Math.min(most, maxRecordBytes) && isStart(mapped, offset) ? length : -1;
  }

  private boolean isStart(Mapping mapped, long offset) {
    return starts.isLandmark(offset) || leadsTo(mapped, starts.landmark(offset), offset);
  }

  // cpu: walks up from the landmark below and down from the one above in one loop, so that waits for memory overlap.
  private boolean leadsTo(Mapping mapped, long landmark, long offset) {
    long up = landmark;
    long down = starts.landmarkAbove(offset);
    if (down > mapped.end()) down = -1;
    while (up < offset && down != offset) {
      up += framing.sizeAt(mapped, up);
      if (down - offset >= overhead) down -= framing.sizeBefore(mapped, down);
    }
    return up == offset || down == offset;
  }

  /** Whether the last length and the trailer of the frame fit the length. */
  private boolean isWhole(Mapping mapped, long start, int length) {
    return framing.isWhole(mapped.segment(start), Mapping.at(start), length, start + overhead + length);
  }

  private static boolean isPresent(Mapping mapped, long start, int length) {
    return !mapped.isZero(Framing.dataStart(start), length);
  }
}
