package flumelog.log;

import flumelog.error.LogException;
import java.util.Map;

/**
 * Which records of a log are read and in which direction. A bound is any long; it need not be the start of a record.
 *
 * <pre>{@code
 *   Range.all().after(since).before(end).reversed().atMost(10)
 * }</pre>
 *
 * @param low the lowest offset that belongs to it
 * @param high the first offset above {@code low} that does not
 * @param reverse from the newest to the oldest
 * @param limit most records that are given, 0 or more; deleted ones don't count
 * @param onDecodeError for Clojure: what is done with a record that can't be decoded; may be null, which throws
 */
public record Range(long low, long high, boolean reverse, long limit, Object onDecodeError) {
  private static final Option<Long> GT = Option.offset(":gt");
  private static final Option<Long> GTE = Option.offset(":gte");
  private static final Option<Long> LT = Option.offset(":lt");
  private static final Option<Long> LTE = Option.offset(":lte");
  private static final Option<Boolean> REVERSE = Option.flag(":reverse");
  static final Option<Long> LIMIT = Option.integer(":limit", 0, Long.MAX_VALUE);
  static final Option<Object> ON_DECODE_ERROR = Option.of(":on-decode-error", Object.class, ":throw, :skip or a function");
  private static final Map<String, Option<?>> KNOWN =
      Option.known(GT, GTE, LT, LTE, REVERSE, LIMIT, ON_DECODE_ERROR);

  private static final Range ALL = new Range(0, Long.MAX_VALUE, false, Long.MAX_VALUE, null);

  /**
   * Checks the limit; bounds may be anything.
   *
   * @param low the lowest offset that belongs to it
   * @param high the first offset above {@code low} that does not
   * @param reverse from the newest to the oldest
   * @param limit most records that are given, 0 or more; deleted ones don't count
   * @param onDecodeError for Clojure: what is done with a record that can't be decoded; may be null, which throws
   * @throws LogException {@code BAD_OPTION}
   */
  public Range {
    LIMIT.check(limit);
  }

  /** {@return all records, from the oldest to the newest} */
  public static Range all() {
    return ALL;
  }

  /**
   * Reads the options of Clojure's {@code entries}, {@code values} and {@code offsets}. A bound that is absent or null
   * is none; of two on the same side the narrower one counts.
   *
   * @param map keys are keywords or their names; null is an empty one
   * @return the range
   * @throws LogException {@code BAD_OPTION}
   */
  public static Range of(Map<?, ?> map) {
    return of(null, map);
  }

  /**
   * The same, where a bound may also be a {@link Position} of the log, or the map that Clojure's {@code position} returns.
   *
   * @param log the log that is read
   * @param map keys are keywords or their names; null is an empty one
   * @return the range
   * @throws LogException {@code BAD_OPTION}, {@code WRONG_LOG} as {@link Log#offsetOf}
   */
  public static Range of(Log log, Map<?, ?> map) {
    OptionMap options = new OptionMap(map, KNOWN);
    long low = Math.max(above(options.offset(GT, -1, log)), options.offset(GTE, 0, log));
    long high = Math.min(options.offset(LT, Long.MAX_VALUE, log), above(options.offset(LTE, Long.MAX_VALUE, log)));
    return new Range(Math.max(0, low), high, options.get(REVERSE, false), options.get(LIMIT, Long.MAX_VALUE),
        options.get(ON_DECODE_ERROR, null));
  }

  /**
   * Leaves out what is below a bound.
   *
   * @param offset any long
   * @return what of this range starts at the offset or above
   */
  public Range from(long offset) {
    return new Range(Math.max(low, offset), high, reverse, limit, onDecodeError);
  }

  /**
   * Leaves out what is at or below a bound.
   *
   * @param offset any long
   * @return what of this range starts above the offset
   */
  public Range after(long offset) {
    return from(above(offset));
  }

  /**
   * Leaves out what is above a bound.
   *
   * @param offset any long
   * @return what of this range starts at the offset or below
   */
  public Range to(long offset) {
    return before(above(offset));
  }

  /**
   * Leaves out what is at or above a bound.
   *
   * @param offset any long
   * @return what of this range starts below the offset
   */
  public Range before(long offset) {
    return new Range(low, Math.min(high, offset), reverse, limit, onDecodeError);
  }

  /** {@return the same records in the opposite order; with a limit, those at the other end} */
  public Range reversed() {
    return inOrder(reverse);
  }

  /**
   * Gives the range a direction.
   *
   * @param ascending whether it goes from the oldest to the newest
   * @return the range in that direction
   */
  public Range inOrder(boolean ascending) {
    return new Range(low, high, !ascending, limit, onDecodeError);
  }

  /**
   * Sets the limit.
   *
   * @param records 0 or more; {@code Long.MAX_VALUE} is none
   * @return the range with that limit in place of its own
   * @throws LogException {@code BAD_OPTION} for a negative limit
   */
  public Range atMost(long records) {
    return new Range(low, high, reverse, records, onDecodeError);
  }

  /** Whether it has a limit. */
  boolean isLimited() {
    return limit != Long.MAX_VALUE;
  }

  static long above(long offset) {
    return offset == Long.MAX_VALUE ? offset : offset + 1;
  }
}
