package flumelog.engine;

import flumelog.block.Bytes;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.frame.Framing;
import flumelog.protect.Protected;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/** Records that are appended together, all or none, and the outcome. */
public final class Batch {
  private static final int LINE_BYTES = 64;

  private final long bytes;
  private byte[][] data;
  private long[] offsets;
  private int first;
  private int end;
  private Throwable failure;
  private volatile boolean done;

  /** @param bytes of their frames in the file */
  private Batch(byte[][] data, long bytes) {
    this.data = data;
    this.bytes = bytes;
  }

  /**
   * A batch of one record.
   *
   * @param by the protection of the log; null if it has none. A protected log takes any data
   * @param path of the log, for messages
   * @throws LogException {@code ENCODE}, {@code TOO_LARGE} for data that the log can't hold
   */
  public static Batch of(byte[] data, Framing framing, Protected by, int maxRecordBytes, String path) {
    Objects.requireNonNull(data, "data");
    check(data, isZeroInLines(data) && by == null, maxRecordBytes, path);
    return new Batch(new byte[][] {data}, by == null ? framing.size(data.length) : by.size(data.length));
  }

  /** A batch of several records, none of which may be null. Throws as the batch of one record. */
  public static Batch of(List<byte[]> records, Framing framing, Protected by, int maxRecordBytes, String path) {
    // The caller's list may change between two walks, so it is walked once.
    byte[][] data = Objects.requireNonNull(records, "batch").toArray(new byte[0][]);
    long bytes = 0;
    for (int i = 0; i < data.length; i++) {
      byte[] one = data[i];
      if (one == null) throw new NullPointerException("batch[" + i + "]");
      check(one, by == null && Bytes.areZero(one), maxRecordBytes, path);
      bytes += by == null ? framing.size(one.length) : by.size(one.length);
    }
    return new Batch(data, bytes);
  }

  private static void check(byte[] data, boolean isZero, int maxRecordBytes, String path) {
    if (data.length > maxRecordBytes) throw RecordFailures.recordTooLarge(path, data.length, maxRecordBytes);
    if (isZero) {
      throw RecordFailures.encode(path, data.length == 0 ? "its data is empty, which is what a deleted record has"
          : "its " + data.length + " bytes of data are all zero, which is what a deleted record has");
    }
  }

  // cpu: touches each cache line of a single record before the writer's lock is taken, so that the copy under the lock
  // does not wait for memory.
  private static boolean isZeroInLines(byte[] data) {
    int some = 0;
    for (int i = 0; i < data.length; i += LINE_BYTES) some |= data[i];
    return some == 0 && Bytes.areZero(data);
  }

  /** The data of each record; null when the batch is done. */
  public byte[][] data() {
    return data;
  }

  long bytes() {
    return bytes;
  }

  boolean isDone() {
    return done;
  }

  void succeed(long[] all) {
    succeed(all, 0, all.length);
  }

  /** Sets its offsets: those of a whole group from index {@code first} up to {@code end}, exclusive. */
  void succeed(long[] all, int first, int end) {
    offsets = all;
    this.first = first;
    this.end = end;
    setDone();
  }

  void fail(Throwable t) {
    failure = t;
    setDone();
  }

  /** Why the batch was not appended; null if it was. */
  Throwable failure() {
    return failure;
  }

  /** The offsets of its records, when it is done. Throws its failure. */
  public long[] offsets() {
    if (failure instanceof LogException e) throw e;
    if (failure instanceof RuntimeException e) throw e;
    if (failure instanceof Error e) throw e;
    return end - first == offsets.length ? offsets : Arrays.copyOfRange(offsets, first, end);
  }

  private void setDone() {
    data = null;
    done = true;
  }
}
