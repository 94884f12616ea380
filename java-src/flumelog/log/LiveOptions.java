package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.UseFailures;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Which records are followed as they come.
 *
 * <pre>{@code
 *   LiveOptions.everything()                              // what is there, then what comes
 *   LiveOptions.everything().after(log.since().get())     // only what comes
 *   LiveOptions.everything().onlyDurable().atMost(100)
 * }</pre>
 *
 * Options never change: each method returns others. They are equal when they say the same.
 */
public final class LiveOptions {
  private static final Option<Long> GT = Option.offset(":gt", -1);
  private static final Option<Long> GTE = Option.offset(":gte", 0);
  private static final Option<Boolean> OLD = Option.flag(":old", true);
  private static final Option<Boolean> DURABLE = Option.flag(":durable", false);
  private static final Map<String, Option<?>> KNOWN = Option.known(GT, GTE, OLD, Range.LIMIT, DURABLE);

  private static final LiveOptions EVERYTHING = new LiveOptions(0, false, Long.MAX_VALUE);

  private final long from;
  private final boolean durable;
  private final long limit;

  private LiveOptions(long from, boolean durable, long limit) {
    this.from = from;
    this.durable = durable;
    this.limit = limit;
  }

  /** {@return all records, those that the log has and those that will be} */
  public static LiveOptions everything() {
    return EVERYTHING;
  }

  /**
   * Reads the options {@code :gt :gte :old :limit :durable} of Clojure's {@code live}. With {@code :old false} only records
   * count that are appended after this call.
   *
   * @param log the log that is followed
   * @param map keys are keywords or their names; null is an empty one
   * @return the options
   * @throws LogException {@code BAD_OPTION}, also where {@code :durable} is asked of a log that is only read; {@code CLOSED};
   *     {@code WRONG_LOG} as {@link Log#offsetOf} for a bound that is a position
   */
  public static LiveOptions of(Log log, Map<?, ?> map) {
    return of(log, map, List.of());
  }

  /**
   * Reads the same options from a map in which the caller has some of its own.
   *
   * @param log the log that is followed
   * @param map keys are keywords or their names; null is an empty one
   * @param others keys that mean something to the caller alone, as {@code ":as"}
   * @return the options
   * @throws LogException {@code BAD_OPTION}, also where {@code :durable} is asked of a log that is only read; {@code CLOSED};
   *     {@code WRONG_LOG} as {@link Log#offsetOf} for a bound that is a position
   */
  public static LiveOptions of(Log log, Map<?, ?> map, List<String> others) {
    if (log.isClosed()) throw UseFailures.closed(log.path());
    checkForward(map);
    OptionMap options = OptionMap.of(map, KNOWN, others);
    return new LiveOptions(0, options.get(DURABLE), options.get(Range.LIMIT))
        .after(options.offset(GT, log)).from(options.offset(GTE, log))
        .from(options.get(OLD) ? 0 : log.since().get() + 1).checkedFor(log);
  }

  private static void checkForward(Map<?, ?> map) {
    if (map == null) return;
    for (Object key : map.keySet()) {
      if (Option.name(key).equals(":reverse")) {
        throw OptionFailures.badOption(":reverse", true, "absent: new records come at the end, so live goes forward");
      }
    }
  }

  /** {@return the lowest offset of these records, 0 or more} */
  public long from() {
    return from;
  }

  /** {@return whether a record is given only once it is known to be durable} */
  public boolean durable() {
    return durable;
  }

  /** {@return most records that are given, 0 or more; {@code Long.MAX_VALUE} is no limit} */
  public long limit() {
    return limit;
  }

  /**
   * Leaves out what is below a bound.
   *
   * @param offset any long
   * @return those of these records that start at the offset or above
   */
  public LiveOptions from(long offset) {
    return new LiveOptions(Math.max(from, offset), durable, limit);
  }

  /**
   * Leaves out what is at or below a bound; the offset of the last record that was dealt with, to go on where one
   * stopped.
   *
   * @param offset any long
   * @return those of these records that start above the offset
   */
  public LiveOptions after(long offset) {
    return from(Range.above(offset));
  }

  /** {@return these records, each only once it is known to be durable; not for a log that is opened for reading} */
  public LiveOptions onlyDurable() {
    return new LiveOptions(from, true, limit);
  }

  /**
   * Sets the limit, after which there is no more to come.
   *
   * @param records 0 or more; {@code Long.MAX_VALUE} is none
   * @return these records, at most as many
   * @throws LogException {@code BAD_OPTION} for a negative limit
   */
  public LiveOptions atMost(long records) {
    return new LiveOptions(from, durable, Range.LIMIT.check(records));
  }

  /** These, when the log can do so. */
  LiveOptions checkedFor(Log log) {
    if (durable && !log.writable()) {
      throw OptionFailures.badOption(":durable", true,
          "absent where the log is opened with :mode :read, which does not know what is durable");
    }
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LiveOptions options && from == options.from && durable == options.durable && limit == options.limit;
  }

  @Override
  public int hashCode() {
    return Objects.hash(from, durable, limit);
  }

  @Override
  public String toString() {
    return "LiveOptions[from=" + from + ", durable=" + durable + ", limit=" + limit + "]";
  }
}
