package flumelog.run;

import java.util.Collection;

/**
 * The keys of the records in a range of the log, in the order of their bytes, each with the offsets of its records. It never
 * changes. Ranges of different segments don't overlap.
 */
public interface Segment {
  /** {@return the smallest offset} */
  long first();

  /** {@return the greatest offset} */
  long last();

  /** {@return how many offsets there are, of all keys together} */
  long offsets();

  /** {@return at most how many different keys there are} */
  long keys();

  /** {@return about how many bytes it takes} */
  long bytes();

  /**
   * Checks quickly whether the key may be in this segment.
   *
   * @return false if it certainly is not
   */
  boolean mayHave(byte[] key);

  /** {@return a new cursor, which is before the first entry} */
  Entries entries();

  /** {@return the number of offsets in a collection of segments} */
  static long offsets(Collection<? extends Segment> segments) {
    long offsets = 0;
    for (Segment segment : segments) offsets += segment.offsets();
    return offsets;
  }
}
