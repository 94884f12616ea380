package flumelog.log;

import java.util.Arrays;
import java.util.Objects;

/**
 * A record of a log: its key and its data. Two entries are equal if both are equal.
 *
 * @param offset the key of the record, see {@link Log}
 * @param data that was appended; the array is not shared
 */
public record Entry(long offset, byte[] data) {
  /**
   * Checks that there is data.
   *
   * @param offset the key of the record
   * @param data that was appended, not null
   */
  public Entry {
    Objects.requireNonNull(data, "data");
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
