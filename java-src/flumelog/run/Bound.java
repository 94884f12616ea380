package flumelog.run;

import java.util.Arrays;

/**
 * A place between entries: before all entries whose key is greater than these bytes, and those with this key whose first offset
 * is the given one or greater.
 *
 * @param key the bytes of a key, or the first bytes of keys
 * @param offset 0 to be before all entries of the key, {@link Long#MAX_VALUE} to be after them
 */
public record Bound(byte[] key, long offset) implements Comparable<Bound> {
  /** {@return the place before a key, or before all keys that begin with these bytes} */
  public static Bound before(byte[] key) {
    return new Bound(key, 0);
  }

  /** {@return the place after all entries of a key} */
  public static Bound after(byte[] key) {
    return new Bound(key, Long.MAX_VALUE);
  }

  /** Whether an entry comes before this place. */
  boolean isAfter(byte[] bytes, int from, int to, long first) {
    int order = Arrays.compareUnsigned(bytes, from, to, key, 0, key.length);
    return order < 0 || order == 0 && first < offset;
  }

  @Override
  public int compareTo(Bound other) {
    int order = Arrays.compareUnsigned(key, other.key);
    return order != 0 ? order : Long.compare(offset, other.offset);
  }

  // A record would compare the identity of the array.
  @Override
  public boolean equals(Object other) {
    return other instanceof Bound bound && compareTo(bound) == 0;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(key) * 31 + Long.hashCode(offset);
  }
}
