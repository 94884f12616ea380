package flumelog.log;

import flumelog.error.LogException;
import java.util.Map;

/**
 * Which records are followed as they come.
 *
 * @param from the lowest offset of them
 * @param durable whether a record is given only once it is known to be on disk
 * @param limit most records that are given
 * @param as {@code :entries}, {@code :values} or {@code :offsets}
 * @param onDecodeError what is done with a record that can't be decoded; may be null, which throws
 */
public record LiveOptions(long from, boolean durable, long limit, String as, Object onDecodeError) {
  private static final Map<String, String> KNOWN =
      LogOptions.known(":gt", ":gte", ":old", ":limit", ":durable", ":as", ":on-decode-error");

  /**
   * Reads the options of {@code live}. Without {@code :old} only records count that are appended after this call.
   *
   * @throws LogException {@code :bad-option}, also where {@code :durable} is asked of a log that is only read
   */
  public static LiveOptions of(Log log, Map<?, ?> map) {
    if (map != null && map.keySet().stream().anyMatch(key -> OptionMap.name(key).equals(":reverse"))) {
      throw LogException.badOption(":reverse", true, "absent: new records come at the end, so live goes forward");
    }
    OptionMap options = new OptionMap(map, KNOWN);
    boolean durable = options.bool(":durable");
    if (durable && "read".equals(log.info().get("mode"))) {
      throw LogException.badOption(":durable", true, "absent where the log is opened with :mode :read, which does not know what is on disk");
    }
    long low = Math.max(Range.above(options.offset(":gt", -1)), options.offset(":gte", 0));
    boolean old = !options.has(":old") || options.bool(":old");
    return new LiveOptions(Math.max(low, old ? 0 : log.since().get() + 1), durable,
        options.integer(":limit", Long.MAX_VALUE, 0, Long.MAX_VALUE), as(options), options.get(":on-decode-error"));
  }

  private static String as(OptionMap options) {
    if (!options.has(":as")) return ":entries";
    String as = OptionMap.name(options.get(":as"));
    if (as.equals(":entries") || as.equals(":values") || as.equals(":offsets")) return as;
    throw LogException.badOption(":as", options.get(":as"), ":entries, :values or :offsets");
  }
}
