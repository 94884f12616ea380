package flumelog.log;

import flumelog.error.LogException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * An append-only log of data. The seam for back ends: a file, memory, others.
 *
 * <p>Every method but {@link #close} throws {@code :closed} once the log is closed; those that write throw
 * {@code :read-only} where it was opened for reading.
 */
public interface Log extends AutoCloseable {
  /** Appends a record; returns its offset. */
  default long append(byte[] data) {
    return appendAll(List.of(data))[0];
  }

  /**
   * Appends a record for each of the batch, all or none; returns their offsets. Nothing else comes between them.
   *
   * @throws flumelog.error.LogException {@code :encode} for data that is empty or all zeros, which is what a deleted
   *     record looks like; {@code :too-large}; {@code :full}; {@code :failed}
   */
  long[] appendAll(List<byte[]> batch);

  /**
   * Appends a record without waiting for it. The future has its offset once {@link #append} would have returned, or what
   * that would have thrown. Records are appended in the order of the calls; those asked for while others are written go
   * out together. Where more than about a MiB waits, the call does the waiting work before it returns.
   */
  default CompletableFuture<Long> appendAsync(byte[] data) {
    try {
      return CompletableFuture.completedFuture(append(data));
    } catch (LogException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The data of the record at the offset, or null where no live record starts. */
  byte[] get(long offset);

  /**
   * The data of the record at the offset.
   *
   * @throws flumelog.error.LogException {@code :not-a-record}, {@code :deleted}, {@code :corrupt}, {@code :too-large}
   */
  byte[] fetch(long offset);

  /**
   * Deletes the records at the offsets; returns how many of them were live.
   *
   * @throws flumelog.error.LogException {@code :not-a-record} before anything is changed
   */
  int delete(long... offsets);

  /** A cursor at the start, over the records that the log has now. */
  Cursor cursor();

  /** The offset of the last record. */
  Since since();

  /** The offset of the last record known to be on disk. */
  Since durable();

  /** Returns when all that was appended and deleted before is on disk. */
  void sync();

  /** The path as the user gave it. */
  String path();

  /** What the log is now: names of facts and their values. */
  Map<String, Object> info();

  /** What opening it found and did: names of facts and their values. */
  Map<String, Object> recovery();

  boolean isClosed();

  /** Makes all durable and lets go of the file; does nothing the second time. */
  @Override
  void close();
}
