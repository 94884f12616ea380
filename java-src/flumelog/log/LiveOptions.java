package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.UseFailures;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which records a live reading gives: records that the log has, and records that are appended later.
 * With an upper bound or a limit the reading ends.
 *
 * <pre>{@code
 *   LiveOptions.all()                              // the records there are, then new ones
 *   LiveOptions.all().after(log.since().get())     // only new records
 *   LiveOptions.all().onlyDurable().atMost(100)
 *   LiveOptions.all().upTo(log.since().get())      // only the records there are
 * }</pre>
 *
 * Options never change: each method returns new ones. Two are equal if all their values are.
 */
public final class LiveOptions {
  private static final Option<Long> GT = Option.offset(":gt", -1);
  private static final Option<Long> GTE = Option.offset(":gte", 0);
  private static final Option<Long> LT = Option.offset(":lt", Long.MAX_VALUE);
  private static final Option<Long> LTE = Option.offset(":lte", Long.MAX_VALUE);
  private static final Option<Boolean> OLD = Option.flag(":old", true);
  private static final Option<Boolean> DURABLE = Option.flag(":durable", false);
  private static final Map<String, Option<?>> KNOWN =
      Option.known(GT, GTE, LT, LTE, OLD, Range.LIMIT, DURABLE, RecordKey.OPTION);

  private static final LiveOptions ALL = new LiveOptions(RecordKey.START, 0, Long.MAX_VALUE, false, Long.MAX_VALUE);

  private final RecordKey key;
  private final long from;
  private final long before;
  private final boolean durable;
  private final long limit;

  private LiveOptions(RecordKey key, long from, long before, boolean durable, long limit) {
    this.key = key;
    this.from = from;
    this.before = before;
    this.durable = durable;
    this.limit = limit;
  }

  /** {@return all records: those that the log has, and those that are appended later} */
  public static LiveOptions all() {
    return ALL;
  }

  /**
   * Reads the options {@code :gt :gte :lt :lte :old :limit :durable :key} of Clojure's {@code live}. With {@code :old false} a live
   * reading gives only records that are appended after this call.
   *
   * @param log the log that is followed
   * @param map keys are keywords or their names; null is an empty one
   * @return the options
   * @throws LogException {@code BAD_OPTION}, also for {@code :durable} with a log that is opened for reading; {@code CLOSED};
   *     {@code WRONG_LOG} as {@link Log#offsetOf} for a bound that is a position
   */
  public static LiveOptions of(Log log, @Nullable Map<?, ?> map) {
    return of(log, map, List.of());
  }

  /**
   * Reads these options from a map that also has options of the caller's own.
   *
   * @param log the log that is followed
   * @param map keys are keywords or their names; null is an empty one
   * @param others the keys of the caller's own options, as {@code ":as"}
   * @return the options
   * @throws LogException {@code BAD_OPTION}, also for {@code :durable} with a log that is opened for reading; {@code CLOSED};
   *     {@code WRONG_LOG} as {@link Log#offsetOf} for a bound that is a position
   */
  public static LiveOptions of(Log log, @Nullable Map<?, ?> map, List<String> others) {
    Objects.requireNonNull(log, "log");
    if (log.isClosed()) throw UseFailures.closed(log.path());
    checkForward(map);
    OptionMap options = OptionMap.of(map, KNOWN, others);
    RecordKey key = RecordKey.in(options);
    return new LiveOptions(key, 0, Long.MAX_VALUE, options.get(DURABLE), options.get(Range.LIMIT))
        .after(options.bound(GT, log, key)).from(options.bound(GTE, log, key))
        .before(options.bound(LT, log, key)).upTo(options.bound(LTE, log, key))
        .from(options.get(OLD) ? 0 : key.last(log.since()) + 1).checkedFor(log);
  }

  private static void checkForward(Map<?, ?> map) {
    if (map == null) return;
    for (Object key : map.keySet()) {
      if (Option.name(key).equals(":reverse")) {
        throw OptionFailures.badOption(":reverse", String.valueOf(key), true,
            "absent: new records come at the end, so live goes forward");
      }
    }
  }

  /** {@return with what the bounds are compared} */
  public RecordKey key() {
    return key;
  }

  /** {@return the lowest offset of these records, 0 or more} */
  public long from() {
    return from;
  }

  /** {@return the offset below which these records are; {@code Long.MAX_VALUE} means no bound} */
  public long before() {
    return before;
  }

  /** {@return whether a record is given only when it is known to be durable} */
  public boolean durable() {
    return durable;
  }

  /** {@return the largest number of records, 0 or more; {@code Long.MAX_VALUE} means no limit} */
  public long limit() {
    return limit;
  }

  /**
   * Compares the bounds with another key of the records. The bounds stay the same numbers.
   *
   * @param other {@code END} compares bounds with the ends of records
   * @return the records whose keys are within these bounds
   */
  public LiveOptions by(RecordKey other) {
    return new LiveOptions(Objects.requireNonNull(other, "key"), from, before, durable, limit);
  }

  /**
   * Leaves out the records below a bound.
   *
   * @param offset any long
   * @return those of these records that start at the offset or above
   */
  public LiveOptions from(long offset) {
    return new LiveOptions(key, Math.max(from, offset), before, durable, limit);
  }

  /**
   * Leaves out the records at or below a bound. To go on with a reading that stopped, give the offset of the last record that
   * was handled.
   *
   * @param offset any long
   * @return those of these records that start above the offset
   */
  public LiveOptions after(long offset) {
    return from(Range.above(offset));
  }

  /**
   * Sets an upper bound. The reading ends when it has given all records up to the bound. If the log ends below the bound, the
   * reading waits until a record at the bound or above is appended.
   *
   * @param offset any long
   * @return those of these records that start at the offset or below
   */
  public LiveOptions upTo(long offset) {
    return before(Range.above(offset));
  }

  /**
   * Sets an upper bound, as {@link #upTo} does, that is itself left out.
   *
   * @param offset any long
   * @return those of these records that start below the offset
   */
  public LiveOptions before(long offset) {
    return new LiveOptions(key, from, Math.min(before, offset), durable, limit);
  }

  /** {@return these records, each only when it is known to be durable; not for a log that is opened for reading} */
  public LiveOptions onlyDurable() {
    return new LiveOptions(key, from, before, true, limit);
  }

  /**
   * Sets the limit. After that number of records the reading ends.
   *
   * @param records the largest number of records, 0 or more; {@code Long.MAX_VALUE} means no limit
   * @return these records, with that limit in place of their own
   * @throws LogException {@code BAD_OPTION} for a negative limit
   */
  public LiveOptions atMost(long records) {
    return new LiveOptions(key, from, before, durable, Range.LIMIT.check(records, "atMost"));
  }

  /** These options. Throws if the log does not know what is durable, and they ask for that. */
  LiveOptions checkedFor(Log log) {
    if (durable && !log.writable()) {
      throw OptionFailures.badOption(":durable", "durable", true,
          "absent where the log is opened for reading, which does not know what is durable");
    }
    return this;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LiveOptions options && key == options.key && from == options.from && before == options.before
        && durable == options.durable && limit == options.limit;
  }

  @Override
  public int hashCode() {
    return Objects.hash(key, from, before, durable, limit);
  }

  @Override
  public String toString() {
    return "LiveOptions[" + (key == RecordKey.END ? "key=END, " : "") + "from=" + from + ", before=" + before + ", durable=" + durable + ", limit=" + limit + "]";
  }
}
