package flumelog.log;

import java.util.Objects;

/**
 * A record of a {@link TypedLog}: its key, its value, and where it ends. Two entries are equal if their keys and their values are.
 *
 * @param offset the key of the record, see {@link Log}
 * @param value the value of the record, decoded
 * @param end the lowest offset that the next record can have, see {@link Cursor#end}
 * @param <T> the type of the values
 */
public record TypedEntry<T>(long offset, T value, long end) {
  /**
   * Makes an entry of a log whose offsets count records.
   *
   * @param offset the key of the record; the record ends at the number above it
   * @param value the value of the record
   */
  public TypedEntry(long offset, T value) {
    this(offset, value, offset + 1);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TypedEntry<?> entry && offset == entry.offset && Objects.equals(value, entry.value);
  }

  @Override
  public int hashCode() {
    return 31 * Long.hashCode(offset) + Objects.hashCode(value);
  }
}
