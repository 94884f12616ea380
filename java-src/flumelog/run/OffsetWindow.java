package flumelog.run;

/**
 * Which offsets an answer has.
 *
 * @param above all offsets are above this one
 * @param most all offsets are at most this one
 * @param hidden offsets that it has not
 */
public record OffsetWindow(long above, long most, Hidden hidden) {
  boolean has(long offset) {
    return offset > above && offset <= most && !hidden.has(offset);
  }

  /** Whether any of a segment's offsets may be in the window. */
  boolean touches(Segment segment) {
    return segment.last() > above && segment.first() <= most;
  }
}
