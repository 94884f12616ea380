package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import java.nio.ByteBuffer;
import java.util.Objects;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Function;

/**
 * Finds records by their offsets. If the whole log fits into the cache, it uses the cache; else it uses the mapped
 * file, or reads from the landmark below to the end of the record. A log that is opened for reading never uses the
 * cache, which may hold records that another process has deleted.
 */
public final class Lookup {
  /** The largest number of idle windows that are kept. If more threads read at once, they make new ones. */
  private static final int KEPT_WINDOWS = 16;

  /** In place of the data of a deleted record, in a protected log. A record without data is another array. */
  public static final byte[] DELETED = {};

  /** The first read goes this far beyond the offset, which suffices for a short record. */
  private static final int AHEAD_BYTES = 1 << 10;

  private final LogFiles files;
  private final String path;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final int maxRecordBytes;
  private final MappedRecords mappedRecords;
  /** Null if the log is not protected. */
  private Protected by;
  private final ArrayBlockingQueue<Window> windows = new ArrayBlockingQueue<>(KEPT_WINDOWS);

  /**
   * @param mayUseCache false if the log is opened for reading, since others change the file
   */
  public Lookup(LogFiles files, Blocks blocks, Starts starts, boolean mayUseCache, int maxRecordBytes) {
    this.files = files;
    this.path = files.path();
    this.framing = files.found().framing();
    this.blocks = blocks;
    this.starts = starts;
    this.maxRecordBytes = maxRecordBytes;
    this.by = files.protectionOfRecords();
    this.mappedRecords = new MappedRecords(framing, blocks, starts, mayUseCache, maxRecordBytes);
  }

  /** The frame that starts at the offset; null if none starts there below the end. */
  public Frame frame(long offset, long end) {
    if (offset < 0 || offset >= end) return null;
    try {
      return frame(blocks, starts.landmark(offset), offset, end);
    } catch (LogException e) {
      if (!mayLookAgain(e)) throw e;
      return frame(blocks, starts.landmark(offset), offset, end);
    }
  }

  /** Whether a look-up can be repeated: landmarks of the checkpoint may be wrong, and have been read again now. */
  private boolean mayLookAgain(LogException e) {
    return e.kind() == LogException.Kind.CORRUPT && starts.readAgain();
  }

  /**
   * The data of the record at the offset; null if none starts there below the end. For a deleted record all zeros, or {@link #DELETED}
   * if the log is protected.
   */
  public byte[] data(long offset, long end) {
    if (offset < 0 || offset >= end) return null;
    return by == null ? storedData(offset, end) : payload(by, offset, end);
  }

  /** Sets the protection by which records are read from now on. A reader that has opened an empty file learns it later. */
  public void setProtection(Protected protection) {
    by = protection;
  }

  /** The payload of the record. Where the mapped file does not prove it, the file is read to learn why. */
  private byte[] payload(Protected by, long offset, long end) {
    byte[] mapped = mappedRecords.payload(by, offset);
    return mapped != null ? mapped : new Payloads(files, by).payload(offset, () -> storedData(offset, end));
  }

  /** The data of the frame as it is in the file. */
  public byte[] storedData(long offset, long end) {
    byte[] mapped = mappedRecords.data(offset);
    if (mapped != null) return mapped;
    try {
      return unmappedData(offset, end);
    } catch (LogException e) {
      if (!mayLookAgain(e)) throw e;
      return unmappedData(offset, end);
    }
  }

  private byte[] unmappedData(long offset, long end) {
    return mappedRecords.cacheSuffices() ? data(blocks, frame(blocks, starts.landmark(offset), offset, end)) : dataPastCache(offset, end);
  }

  private byte[] dataPastCache(long offset, long end) {
    long from = starts.landmark(offset);
    Window window = windows.poll();
    if (window == null) window = blocks.windowToLookUp();
    window.coverUpwards(from, Math.min(end - from, offset - from + AHEAD_BYTES));
    byte[] data = data(window, frame(window, from, offset, end));
    window.forget();
    windows.offer(window);
    return data;
  }

  /** The length of a record's data. Throws if it exceeds the maximum. */
  public int checkLength(long offset, long length) {
    if (length <= maxRecordBytes) return (int) length;
    Protected by = files.protection();
    if (by != null && length <= (long) maxRecordBytes + by.overhead()) return (int) length;
    throw RecordFailures.storedRecordTooLarge(path, offset, length, maxRecordBytes);
  }

  /** The reader's result for the record at the offset; null if none starts there below the end, or a deleted one. */
  public <T> T view(long offset, long end, Function<ByteBuffer, T> reader) {
    Objects.requireNonNull(reader, "reader");
    if (by != null) {
      byte[] payload = data(offset, end);
      return payload == null || payload == DELETED ? null : reader.apply(ByteBuffer.wrap(payload).asReadOnlyBuffer());
    }
    MappedRecords.Seen<T> seen = offset < 0 || offset >= end ? null : mappedRecords.view(offset, reader);
    if (seen != null) return seen.value();
    byte[] data = data(offset, end);
    return isAbsent(data) ? null : reader.apply(ByteBuffer.wrap(data).asReadOnlyBuffer());
  }

  /** Whether what {@link #data} returned is no data: there is no record, or it was deleted. */
  public boolean isAbsent(byte[] data) {
    return data == null || isDeleted(data);
  }

  /** Whether what {@link #data} returned stands for a deleted record. */
  public boolean isDeleted(byte[] data) {
    return by == null ? Bytes.areZero(data) : data == DELETED;
  }

  private byte[] data(Bytes bytes, Frame frame) {
    return frame == null ? null : bytes.read(frame.data(), checkLength(frame.start(), frame.length()));
  }

  private Frame frame(Bytes bytes, long from, long offset, long end) {
    if (starts.first(bytes, from, offset, end) != offset) return null;
    if (bytes instanceof Window window && end - offset > framing.overhead()) {
      window.coverUpwards(offset, Math.min(end - offset, framing.sizeAt(window, offset)));
    }
    Frame frame = framing.at(bytes, offset, end);
    if (frame == null) throw FormatFailures.corrupt(path, offset, "its lengths or its trailer don't agree");
    return frame;
  }
}
