package flumelog.log;

import flumelog.error.LogException;
import java.util.Map;

/**
 * Which records of a log are read and in which direction. A bound is any long; it need not be the start of a record.
 *
 * @param low the lowest offset that belongs to it
 * @param high the first offset above {@code low} that does not
 * @param reverse from the newest to the oldest
 * @param limit most records that are given; deleted ones don't count
 * @param onDecodeError what is done with a record that can't be decoded; may be null, which throws
 */
public record Range(long low, long high, boolean reverse, long limit, Object onDecodeError) {
  public static final Range ALL = new Range(0, Long.MAX_VALUE, false, Long.MAX_VALUE, null);

  private static final Map<String, String> KNOWN =
      LogOptions.known(":gt", ":gte", ":lt", ":lte", ":reverse", ":limit", ":on-decode-error");

  /**
   * Reads the options of {@code entries}, {@code values} and {@code offsets}. A bound that is absent or nil is none;
   * of two on the same side the narrower one counts. {@code :limit} is 0 or more.
   *
   * @throws LogException {@code :bad-option}
   */
  public static Range of(Map<?, ?> map) {
    OptionMap options = new OptionMap(map, KNOWN);
    long low = Math.max(above(options.offset(":gt", -1)), options.offset(":gte", 0));
    long high = Math.min(options.offset(":lt", Long.MAX_VALUE), above(options.offset(":lte", Long.MAX_VALUE)));
    return new Range(Math.max(0, low), high, options.bool(":reverse"),
        options.integer(":limit", Long.MAX_VALUE, 0, Long.MAX_VALUE), options.get(":on-decode-error"));
  }

  public Range from(long offset) {
    return new Range(Math.max(low, offset), high, reverse, limit, onDecodeError);
  }

  public Range to(long offset) {
    return new Range(low, Math.min(high, above(offset)), reverse, limit, onDecodeError);
  }

  public Range inOrder(boolean ascending) {
    return new Range(low, high, !ascending, limit, onDecodeError);
  }

  public Range atMost(long records) {
    return new Range(low, high, reverse, records, onDecodeError);
  }

  static long above(long offset) {
    return offset == Long.MAX_VALUE ? offset : offset + 1;
  }
}
