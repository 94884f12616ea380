package flumelog.log;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A place between two records, which can be moved in both directions. It sees the records that the log had when the
 * cursor was made, without the deleted ones. Only one thread may use it at a time.
 */
public interface Cursor {
  /**
   * Steps over the next record, which becomes the current one.
   *
   * @return false at the end, where there is no current record
   * @throws flumelog.error.LogException {@code CORRUPT}, {@code FAILED}, {@code CLOSED}
   */
  boolean next();

  /**
   * Steps back over the previous record, which becomes the current one.
   *
   * @return false at the start, where there is no current record
   * @throws flumelog.error.LogException {@code CORRUPT}, {@code FAILED}, {@code CLOSED}
   */
  boolean prev();

  /**
   * Steps back over the previous record, if its offset is at or above a bound. It need not step over deleted records
   * below the bound.
   *
   * @param lowest the bound: any long
   * @return false if no record that is present has an offset at or above the bound
   * @throws flumelog.error.LogException as {@link #prev}
   */
  default boolean prevDownTo(long lowest) {
    return prev() && offset() >= lowest;
  }

  /**
   * Moves before the first record whose offset is at or above a bound. There is no current record then.
   *
   * @param position the bound: any long
   * @return this
   * @throws flumelog.error.LogException {@code CORRUPT}, {@code FAILED}, {@code CLOSED}
   */
  Cursor seek(long position);

  /** {@return the offset of the current record, -1 if there is none} */
  long offset();

  /**
   * The lowest offset that a record behind the current one can have. In a file it is the position just past the frame of the
   * current record. The default is for offsets that count records.
   *
   * @return the end of the current record, -1 if there is none
   */
  default long end() {
    long offset = offset();
    return offset < 0 ? -1 : offset + 1;
  }

  /**
   * Moves before the first record whose end is at or above a bound. There is no current record then.
   *
   * @param bound any long
   * @return this
   * @throws flumelog.error.LogException as {@link #seek}
   */
  default Cursor seekEnd(long bound) {
    // Of the records that start below the bound only the last one can end there or above.
    boolean reaches = seek(bound).prev() && end() >= bound;
    return seek(reaches ? offset() : bound);
  }

  /**
   * Reads the current record.
   *
   * @return its data, a new array; null if it was deleted after the step
   * @throws IllegalStateException when there is no current record
   * @throws flumelog.error.LogException {@code TOO_LARGE} above the maximum of the options; {@code FAILED}, {@code
   *     CLOSED}
   */
  byte @Nullable [] data();

  /** Gives back the memory into which it reads ahead, as a step to the end does. It can still be used. */
  default void release() {}

  /**
   * Reads the current record in place.
   *
   * @return its data, a read-only buffer that is valid until the next call of this cursor; null if it was deleted after
   *     the step
   * @throws IllegalStateException when there is no current record
   * @throws flumelog.error.LogException as {@link #data}
   */
  default @Nullable ByteBuffer view() {
    byte[] data = data();
    return data == null ? null : ByteBuffer.wrap(data).asReadOnlyBuffer();
  }
}
