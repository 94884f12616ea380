package flumelog.log;

import java.util.Arrays;
import java.util.Objects;

/**
 * A record of a log: its key, its data, and where it ends. Two entries are equal if their keys and their data are.
 *
 * <p>The array is not copied by the constructor or by {@link #data}. If it is changed, the entry changes, and with it its
 * {@code hashCode} and what it equals. So an entry whose array may change must not be in a {@code HashSet} or a key of a
 * {@code HashMap}; the offset alone can be.
 *
 * @param offset the key of the record, see {@link Log}
 * @param data that was appended; an array that the log made for this entry, and does not use itself
 * @param end the lowest offset that the next record can have, see {@link Cursor#end}
 */
public record Entry(long offset, byte[] data, long end) {
  /**
   * Checks that there is data.
   *
   * @param offset the key of the record
   * @param data that was appended, not null
   * @param end where the record ends
   */
  public Entry {
    Objects.requireNonNull(data, "data");
  }

  /**
   * Makes an entry of a log whose offsets count records.
   *
   * @param offset the key of the record; the record ends at the number above it
   * @param data that was appended, not null
   */
  public Entry(long offset, byte[] data) {
    this(offset, data, offset + 1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Entry entry && offset == entry.offset && Arrays.equals(data, entry.data);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(offset) + Arrays.hashCode(data);
  }

  /** {@return the offset and the number of bytes of data} */
  @Override
  public String toString() {
    return "Entry[offset=" + offset + ", " + data.length + " bytes]";
  }
}
