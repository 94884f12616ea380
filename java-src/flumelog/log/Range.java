package flumelog.log;

import flumelog.error.LogException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which records of a log are read and in which direction. A bound is any long; it need not be the start of a record. Bounds are
 * compared with the offsets of records, or with their ends, see {@link #by}.
 *
 * <pre>{@code
 *   Range.all().after(since).before(end).reversed().atMost(10)
 * }</pre>
 *
 * A range never changes: each method returns a new one. Two ranges are equal if their bounds, direction and limit are.
 */
public final class Range {
  private static final Option<Long> GT = Option.offset(":gt", -1);
  private static final Option<Long> GTE = Option.offset(":gte", 0);
  private static final Option<Long> LT = Option.offset(":lt", Long.MAX_VALUE);
  private static final Option<Long> LTE = Option.offset(":lte", Long.MAX_VALUE);
  private static final Option<Boolean> REVERSE = Option.flag(":reverse", false);
  static final Option<Long> LIMIT = Option.number(":limit", 0, Long.MAX_VALUE, Long.MAX_VALUE);
  private static final Map<String, Option<?>> KNOWN = Option.known(GT, GTE, LT, LTE, REVERSE, LIMIT, RecordKey.OPTION);

  private static final Range ALL = new Range(RecordKey.START, 0, Long.MAX_VALUE, false, Long.MAX_VALUE);

  private final RecordKey key;

  private final long low;
  private final long high;
  private final boolean reverse;
  private final long limit;

  private Range(RecordKey key, long low, long high, boolean reverse, long limit) {
    this.key = key;
    this.low = low;
    this.high = high;
    this.reverse = reverse;
    this.limit = limit;
  }

  /** {@return all records, from the oldest to the newest} */
  public static Range all() {
    return ALL;
  }

  /**
   * Reads the options {@code :gt :gte :lt :lte :reverse :limit :key} of Clojure's {@code entries}, {@code values} and {@code
   * offsets}. A bound that is absent or null bounds nothing. If two bounds are on the same side, the narrower one counts.
   *
   * @param map keys are keywords or their names; null is an empty one
   * @return the range
   * @throws LogException {@code BAD_OPTION}
   */
  public static Range of(@Nullable Map<?, ?> map) {
    return of(null, map, List.of());
  }

  /**
   * Reads these options. Here a bound may also be a {@link Position} of the log, or the map that Clojure's {@code position}
   * returns.
   *
   * @param log the log that is read
   * @param map keys are keywords or their names; null is an empty one
   * @return the range
   * @throws LogException {@code BAD_OPTION}, {@code WRONG_LOG} as {@link Log#offsetOf}
   */
  public static Range of(Log log, @Nullable Map<?, ?> map) {
    return of(log, map, List.of());
  }

  /**
   * Reads these options from a map that also has options of the caller's own.
   *
   * @param log the log that is read; null if no bound is a position
   * @param map keys are keywords or their names; null is an empty one
   * @param others the keys of the caller's own options, as {@code ":on-decode-error"}
   * @return the range
   * @throws LogException {@code BAD_OPTION}, {@code WRONG_LOG} as {@link Log#offsetOf}
   */
  public static Range of(@Nullable Log log, @Nullable Map<?, ?> map, List<String> others) {
    OptionMap options = OptionMap.of(map, KNOWN, others);
    RecordKey key = RecordKey.in(options);
    return ALL.by(key).after(options.bound(GT, log, key)).from(options.bound(GTE, log, key))
        .before(options.bound(LT, log, key)).to(options.bound(LTE, log, key))
        .inOrder(!options.get(REVERSE)).atMost(options.get(LIMIT));
  }

  /** {@return with what its bounds are compared} */
  public RecordKey key() {
    return key;
  }

  /** {@return the lowest offset that belongs to it, 0 or more} */
  public long low() {
    return low;
  }

  /** {@return the first offset above {@link #low} that does not belong to it} */
  public long high() {
    return high;
  }

  /** {@return whether it goes from the newest to the oldest} */
  public boolean reverse() {
    return reverse;
  }

  /** {@return the largest number of records, 0 or more; deleted ones don't count; {@code Long.MAX_VALUE} means no limit} */
  public long limit() {
    return limit;
  }

  /**
   * Compares the bounds with another key of the records. The bounds stay the same numbers.
   *
   * @param other {@code END} compares bounds with the ends of records
   * @return the records whose keys are within these bounds
   */
  public Range by(RecordKey other) {
    return new Range(Objects.requireNonNull(other, "key"), low, high, reverse, limit);
  }

  /**
   * Leaves out the records below a bound.
   *
   * @param offset any long
   * @return the part of this range that starts at the offset or above
   */
  public Range from(long offset) {
    return between(Math.max(low, offset), high);
  }

  /**
   * Leaves out the records at or below a bound.
   *
   * @param offset any long
   * @return the part of this range that starts above the offset
   */
  public Range after(long offset) {
    return from(above(offset));
  }

  /**
   * Leaves out the records above a bound.
   *
   * @param offset any long
   * @return the part of this range that starts at the offset or below
   */
  public Range to(long offset) {
    return before(above(offset));
  }

  /**
   * Leaves out the records at or above a bound.
   *
   * @param offset any long
   * @return the part of this range that starts below the offset
   */
  public Range before(long offset) {
    return between(low, Math.min(high, offset));
  }

  /**
   * Sets both bounds.
   *
   * @param from the lowest offset that belongs to it, 0 or more
   * @param to the first offset above {@code from} that does not belong to it
   * @return the range with these bounds in place of its own
   */
  public Range between(long from, long to) {
    return new Range(key, from, to, reverse, limit);
  }

  /** {@return the same records in the opposite order; with a limit, those at the other end} */
  public Range reversed() {
    return inOrder(reverse);
  }

  /**
   * Sets the direction.
   *
   * @param ascending whether it goes from the oldest to the newest
   * @return the range in that direction
   */
  public Range inOrder(boolean ascending) {
    return new Range(key, low, high, !ascending, limit);
  }

  /**
   * Sets the limit.
   *
   * @param records the largest number of records, 0 or more; {@code Long.MAX_VALUE} means no limit
   * @return the range with that limit in place of its own
   * @throws LogException {@code BAD_OPTION} for a negative limit
   */
  public Range atMost(long records) {
    return new Range(key, low, high, reverse, LIMIT.check(records, "atMost"));
  }

  /** Whether it has a limit. */
  boolean isLimited() {
    return limit != Long.MAX_VALUE;
  }

  static long above(long offset) {
    return offset == Long.MAX_VALUE ? offset : offset + 1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Range range && key == range.key && low == range.low && high == range.high && reverse == range.reverse
        && limit == range.limit;
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, low, high, reverse, limit);
  }

  @Override
  public String toString() {
    return "Range[" + (key == RecordKey.END ? "key=END, " : "") + "low=" + low + ", high=" + high + ", reverse=" + reverse + ", limit=" + limit + "]";
  }
}
