package flumelog.log;

import java.nio.ByteBuffer;

/**
 * A place between two records, from which one can step both ways. It sees the records that the log had when the
 * cursor was made and steps over deleted ones. For one thread at a time.
 */
public interface Cursor {
  /**
   * Steps over the next record, which becomes the current one.
   *
   * @return false, and there is no current one, at the end
   * @throws flumelog.error.LogException {@code CORRUPT}, {@code FAILED}, {@code CLOSED}
   */
  boolean next();

  /**
   * Steps back over the record before, which becomes the current one.
   *
   * @return false, and there is no current one, at the start
   * @throws flumelog.error.LogException {@code CORRUPT}, {@code FAILED}, {@code CLOSED}
   */
  boolean prev();

  /**
   * Steps back over the record before, but over no more deleted ones than have offsets at or above a bound.
   *
   * @param lowest any long
   * @return false where no record that is present has an offset at or above the bound
   * @throws flumelog.error.LogException as {@link #prev}
   */
  default boolean prevDownTo(long lowest) {
    return prev() && offset() >= lowest;
  }

  /**
   * Goes to the place before the first record whose offset is at or above a bound; there is no current one then.
   *
   * @param position the bound: any long
   * @return this
   * @throws flumelog.error.LogException {@code CORRUPT}, {@code FAILED}, {@code CLOSED}
   */
  Cursor seek(long position);

  /** {@return the offset of the current record, -1 when there is none} */
  long offset();

  /**
   * Reads the current record.
   *
   * @return its data, a new array, or null when it has been deleted since it was stepped over
   * @throws IllegalStateException when there is no current record
   * @throws flumelog.error.LogException {@code TOO_LARGE} above the maximum of the options; {@code FAILED}, {@code CLOSED}
   */
  byte[] data();

  /** Gives back the memory that it reads ahead into; it can be used on. Reaching the end does so too. */
  default void release() {}

  /**
   * Reads the current record where it lies.
   *
   * @return its data, a read-only buffer that is good until the next call of this cursor, or null when it has been
   *     deleted since it was stepped over
   * @throws IllegalStateException when there is no current record
   * @throws flumelog.error.LogException as {@link #data}
   */
  default ByteBuffer view() {
    byte[] data = data();
    return data == null ? null : ByteBuffer.wrap(data).asReadOnlyBuffer();
  }
}
