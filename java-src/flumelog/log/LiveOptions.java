package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.UseFailures;
import java.util.Map;

/**
 * Which records are followed as they come.
 *
 * <pre>{@code
 *   LiveOptions.everything()                              // what is there, then what comes
 *   LiveOptions.everything().after(log.since().get())     // only what comes
 *   LiveOptions.everything().onlyDurable().atMost(100)
 * }</pre>
 *
 * @param from the lowest offset of them
 * @param durable whether a record is given only once it is known to be durable
 * @param limit most records that are given, 0 or more
 * @param as for Clojure: {@code :entries}, {@code :values} or {@code :offsets}
 * @param onDecodeError for Clojure: what is done with a record that can't be decoded; may be null, which throws
 */
public record LiveOptions(long from, boolean durable, long limit, String as, Object onDecodeError) {
  private static final Option<Long> GT = Option.offset(":gt");
  private static final Option<Long> GTE = Option.offset(":gte");
  private static final Option<Boolean> OLD = Option.flag(":old");
  private static final Option<Boolean> DURABLE = Option.flag(":durable");
  private static final Option<String> AS = Option.oneOf(":as", ":entries", ":values", ":offsets");
  private static final Map<String, Option<?>> KNOWN =
      Option.known(GT, GTE, OLD, Range.LIMIT, DURABLE, AS, Range.ON_DECODE_ERROR);

  private static final LiveOptions EVERYTHING = new LiveOptions(0, false, Long.MAX_VALUE, ":entries", null);

  /**
   * Checks the limit and {@code as}.
   *
   * @param from the lowest offset of them
   * @param durable whether a record is given only once it is known to be durable
   * @param limit most records that are given, 0 or more
   * @param as for Clojure: {@code :entries}, {@code :values} or {@code :offsets}
   * @param onDecodeError for Clojure: what is done with a record that can't be decoded; may be null, which throws
   * @throws LogException {@code BAD_OPTION}
   */
  public LiveOptions {
    Range.LIMIT.check(limit);
    as = AS.check(as);
  }

  /** {@return all records, those that the log has and those that will be} */
  public static LiveOptions everything() {
    return EVERYTHING;
  }

  /**
   * Reads the options of Clojure's {@code live}. Without {@code :old} only records count that are appended after this
   * call.
   *
   * @param log the log that is followed
   * @param map keys are keywords or their names; null is an empty one
   * @return the options
   * @throws LogException {@code BAD_OPTION}, also where {@code :durable} is asked of a log that is only read; {@code CLOSED};
   *     {@code WRONG_LOG} as {@link Log#offsetOf} for a bound that is a position
   */
  public static LiveOptions of(Log log, Map<?, ?> map) {
    if (log.isClosed()) throw UseFailures.closed(log.path());
    if (map != null && map.keySet().stream().anyMatch(key -> Option.name(key).equals(":reverse"))) {
      throw OptionFailures.badOption(":reverse", true, "absent: new records come at the end, so live goes forward");
    }
    OptionMap options = new OptionMap(map, KNOWN);
    long low = Math.max(Range.above(options.offset(GT, -1, log)), options.offset(GTE, 0, log));
    return new LiveOptions(low, options.get(DURABLE, false), options.get(Range.LIMIT, Long.MAX_VALUE),
        options.get(AS, EVERYTHING.as), options.get(Range.ON_DECODE_ERROR, null))
        .from(options.get(OLD, true) ? 0 : log.since().get() + 1).checkedFor(log);
  }

  /**
   * Leaves out what is below a bound.
   *
   * @param offset any long
   * @return those of these records that start at the offset or above
   */
  public LiveOptions from(long offset) {
    return new LiveOptions(Math.max(from, offset), durable, limit, as, onDecodeError);
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
    return new LiveOptions(from, true, limit, as, onDecodeError);
  }

  /**
   * Sets the limit, after which there is no more to come.
   *
   * @param records 0 or more; {@code Long.MAX_VALUE} is none
   * @return these records, at most so many
   * @throws LogException {@code BAD_OPTION} for a negative limit
   */
  public LiveOptions atMost(long records) {
    return new LiveOptions(from, durable, records, as, onDecodeError);
  }

  /** These, when the log can do so. */
  LiveOptions checkedFor(Log log) {
    if (durable && !log.writable()) {
      throw OptionFailures.badOption(":durable", true,
          "absent where the log is opened with :mode :read, which does not know what is durable");
    }
    return this;
  }
}
