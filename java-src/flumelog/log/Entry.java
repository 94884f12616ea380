package flumelog.log;

import java.util.Arrays;

/**
 * A record of a log: its key, and what it holds. Equal when both are.
 *
 * @param offset the key of the record, see {@link Log}
 * @param data what was appended; an array of the reader's own
 */
public record Entry(long offset, byte[] data) {
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
