package flumelog.log;

import java.nio.ByteBuffer;

/**
 * A place between two records, from which one can step both ways. It sees the records that the log had when the
 * cursor was made and steps over deleted ones. For one thread at a time.
 */
public interface Cursor {
  /** Steps over the next record, which becomes the current one; false, and no current one, at the end. */
  boolean next();

  /** Steps back over the record before, which becomes the current one; false, and no current one, at the start. */
  boolean prev();

  /** Goes to the place before the first record that starts at or above the position, any long; returns this. */
  Cursor seek(long position);

  /** Offset of the current record; -1 when there is none. */
  long offset();

  /**
   * The data of the current record, a new array, or null when it has been deleted since it was stepped over.
   *
   * @throws flumelog.error.LogException {@code :too-large} above {@code :max-record-bytes}
   */
  byte[] data();

  /** Gives back the memory that it reads ahead into; it can be used on. Reaching the end does so too. */
  default void release() {}

  /**
   * The data of the current record where it lies: a read-only buffer that is good until the next call of this cursor, or
   * null when the record has been deleted since it was stepped over.
   *
   * @throws flumelog.error.LogException {@code :too-large} above {@code :max-record-bytes}
   */
  default ByteBuffer view() {
    byte[] data = data();
    return data == null ? null : ByteBuffer.wrap(data).asReadOnlyBuffer();
  }
}
