package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A place in a log, to be stored outside of the log: how far a reader has read. Unlike an offset it fits only the log
 * from which it was taken, and only while that log has the same records up to there. Deleted records still count as the
 * same.
 *
 * <pre>{@code
 *   String kept = log.position(offset).toString();
 *   // later, perhaps in another process
 *   long offset = log.offsetOf(Position.parse(kept));      // throws WRONG_LOG if it does not fit
 *   log.stream(Range.all().after(offset))
 * }</pre>
 *
 * @param id of the log, or null if the log was empty
 * @param offset of a record, or -1: the place before all records
 * @param fingerprint length and checksum of the record at the offset and of up to three records before it, the newest
 *     first; empty for the place before all records
 */
public record Position(@Nullable String id, long offset, String fingerprint) {
  /** The largest number of records in a fingerprint. */
  public static final int MOST_TRACES = 4;

  private static final String EXPECTED = "a position that `position` returned, or an offset";

  /**
   * Checks that the three fit together.
   *
   * @param id of the log, or null if the log was empty
   * @param offset of a record, or -1: the place before all records
   * @param fingerprint of the records at the offset and before; null is an empty one
   * @throws LogException {@code BAD_OPTION}
   */
  public Position {
    if (fingerprint == null) fingerprint = "";
    boolean isStart = offset == -1 && fingerprint.isEmpty();
    boolean isRecord = offset >= 0 && id != null && traces(fingerprint) != null;
    if (!isStart && !isRecord) {
      throw OptionFailures.badArgument("position", id + "/" + offset + "/" + fingerprint, EXPECTED);
    }
  }

  /** The position of a record. */
  static Position of(String id, long offset, List<Trace> traces) {
    StringBuilder fingerprint = new StringBuilder();
    // start-up: the first stream of a process takes some milliseconds
    for (Trace trace : traces) (fingerprint.isEmpty() ? fingerprint : fingerprint.append(',')).append(trace);
    return new Position(id, offset, fingerprint.toString());
  }

  /** The place before all records of a log. */
  static Position start(String id) {
    return new Position(id, -1, "");
  }

  /**
   * Whether a value is a position: an instance of this class, or a map with an offset and an id, as Clojure's {@code
   * position} returns it.
   *
   * @param value anything
   * @return whether {@link #from} takes it
   */
  public static boolean isOne(Object value) {
    return value instanceof Position || value instanceof Map<?, ?> map && named(map, ":id") != null && named(map, ":offset") != null;
  }

  /**
   * Converts the map that Clojure's {@code position} returns.
   *
   * @param value a position, or a map with the keys {@code :id}, {@code :offset} and {@code :fingerprint}
   * @return the position
   * @throws LogException {@code BAD_OPTION} for anything else
   */
  public static Position from(Object value) {
    if (value instanceof Position position) return position;
    if (!isOne(value)) throw OptionFailures.badArgument("position", value, EXPECTED);
    Map<?, ?> map = (Map<?, ?>) value;
    Long offset = Option.wholeNumber(valueOf(map, ":offset"));
    Object id = valueOf(map, ":id");
    Object fingerprint = valueOf(map, ":fingerprint");
    boolean isText = (id == null || id instanceof String) && (fingerprint == null || fingerprint instanceof String);
    if (offset == null || !isText) throw OptionFailures.badArgument("position", value, EXPECTED);
    return new Position((String) id, offset, (String) fingerprint);
  }

  /**
   * Reads the text of {@link #toString}.
   *
   * @param text three parts with slashes between them
   * @return the position
   * @throws LogException {@code BAD_OPTION} if the text is not a position
   */
  public static Position parse(String text) {
    Objects.requireNonNull(text, "text");
    String[] parts = text.split("/", -1);
    try {
      if (parts.length == 3) return new Position(parts[0].isEmpty() ? null : parts[0], Long.parseLong(parts[1]), parts[2]);
    } catch (NumberFormatException e) {
      // Throws below, as for any other text that is not a position.
    }
    throw OptionFailures.badArgument("position", text, EXPECTED);
  }

  /** {@return one line of text that {@link #parse} reads: id, offset and fingerprint} */
  @Override
  public String toString() {
    return (id == null ? "" : id) + "/" + offset + "/" + fingerprint;
  }

  /** Whether the records that the log has now, from the offset downwards, are those of this position. */
  boolean fits(List<Trace> now) {
    return Trace.are(now, traces(fingerprint));
  }

  /** Null if the text is not a fingerprint. */
  private static List<Trace> traces(String fingerprint) {
    List<Trace> traces = new ArrayList<>();
    for (String part : fingerprint.split(",", -1)) {
      Trace trace = Trace.parse(part);
      if (trace == null) return null;
      traces.add(trace);
    }
    return traces.size() <= MOST_TRACES ? traces : null;
  }

  private static Object valueOf(Map<?, ?> map, String name) {
    Map.Entry<?, ?> entry = named(map, name);
    return entry == null ? null : entry.getValue();
  }

  private static Map.Entry<?, ?> named(Map<?, ?> map, String name) {
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (Option.name(entry.getKey()).equals(name)) return entry;
    }
    return null;
  }
}
