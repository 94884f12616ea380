package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.Suggestion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * Options as the user gave them: a map whose keys are keywords or their names. An unknown key is refused; the error
 * names the most similar known key. A map never changes.
 */
public final class OptionMap {
  static final OptionMap EMPTY = new OptionMap(new LinkedHashMap<>(), false);

  private final Map<String, Object> given;
  /** Whether the user wrote the keys with colons, as keywords are. If not, a value may be a text that means it. */
  private final boolean hasColons;

  private OptionMap(Map<String, Object> given, boolean hasColons) {
    this.given = given;
    this.hasColons = hasColons;
  }

  /**
   * Reads a map of options; a value of null is none.
   *
   * @param options a map whose keys are keywords or their names; null is an empty one
   * @param known the known options by key, in the order in which the error lists them
   */
  static OptionMap of(Map<?, ?> options, Map<String, ?> known) {
    if (options == null || options.isEmpty()) return EMPTY;
    Map<String, Object> given = new LinkedHashMap<>();
    boolean hasColons = false;
    for (Map.Entry<?, ?> option : options.entrySet()) {
      String written = String.valueOf(option.getKey());
      String key = Option.name(written);
      if (!known.containsKey(key)) throw OptionFailures.unknownOption(key, written, nearest(key, known), known);
      if (option.getValue() != null) given.put(key, option.getValue());
      hasColons |= written.equals(key);
    }
    return new OptionMap(given, hasColons);
  }

  /** Reads a map in which the caller has some options of its own; their values are any objects. */
  static OptionMap of(Map<?, ?> options, Map<String, ?> known, List<String> others) {
    if (Objects.requireNonNull(others, "others").isEmpty()) return of(options, known);
    Map<String, Object> all = new LinkedHashMap<>(known);
    for (String other : others) all.put(other, other);
    return of(options, all);
  }

  /**
   * Refuses a map of options with an unknown key.
   *
   * @param options a map whose keys are keywords or their names; null is an empty one
   * @param known the known keys, with their colons
   * @throws flumelog.error.LogException {@code BAD_OPTION} with the most similar known key
   */
  public static void check(Map<?, ?> options, List<String> known) {
    of(options, Map.of(), known);
  }

  private static String nearest(String name, Map<String, ?> known) {
    String meant = meant(name);
    return known.containsKey(meant) ? meant : Suggestion.ofOption(name, known.keySet());
  }

  /** The option that has this name in other libraries; "" if none is known. */
  private static String meant(String name) {
    return switch (name) {
      case ":from", ":start" -> ":gte";
      case ":after", ":since" -> ":gt";
      case ":before" -> ":lt";
      case ":to", ":upto", ":until" -> ":lte";
      case ":take", ":count", ":n", ":max" -> ":limit";
      case ":desc", ":descending", ":backwards" -> ":reverse";
      case ":readonly", ":read-only", ":read" -> ":mode";
      case ":width", ":bits" -> ":offset-bits";
      case ":encoding", ":format", ":serializer" -> ":codec";
      default -> "";
    };
  }

  /** These options and the default of each known option that is absent; all values are checked. */
  OptionMap complete(Map<String, Option<?>> known) {
    Map<String, Object> all = new LinkedHashMap<>();
    for (Option<?> option : known.values()) all.put(option.key(), get(option));
    return new OptionMap(all, hasColons);
  }

  /**
   * These options with another value of one of them, which is checked unless it is the default.
   *
   * @param method the name of the method that the user called to set it
   */
  OptionMap with(Option<?> option, Object value, String method) {
    Map<String, Object> changed = new LinkedHashMap<>(given);
    changed.put(option.key(), Objects.equals(value, option.otherwise()) ? value : option.check(value, method));
    return new OptionMap(changed, false);
  }

  /** These options with what the value of one of them means. */
  OptionMap read(Option<?> option, Object meaning) {
    Map<String, Object> changed = new LinkedHashMap<>(given);
    changed.put(option.key(), meaning);
    return new OptionMap(changed, hasColons);
  }

  /** How the user wrote the options: with colons, or without. */
  String written(Option<?> option) {
    return hasColons ? option.key() : option.key().substring(1);
  }

  /** The exception for a value that does not go with another option. */
  LogException refusal(Option<?> option, Object value, String expected) {
    return OptionFailures.badOption(option.key(), written(option), value, expected);
  }

  boolean has(Option<?> option) {
    return given.containsKey(option.key());
  }

  /** The value as it was given, or null. */
  Object raw(Option<?> option) {
    return given.get(option.key());
  }

  /** The checked value; the default if none was given. */
  <T> T get(Option<T> option) {
    return has(option) ? option.check(raw(option), written(option)) : option.otherwise();
  }

  /** The value in a {@link #complete} map. */
  <T> T checked(Option<T> option) {
    return option.type().cast(raw(option));
  }

  /** The offset that was given as a number or as a position of the log; the default if none was given. */
  long offset(Option<Long> option, Log log) {
    Object value = raw(option);
    return log != null && Position.isOne(value) ? log.offsetOf(Position.from(value)) : get(option);
  }

  /** A bound of a range: a number as it was given, or for a position of the log the key of its record. */
  long bound(Option<Long> option, Log log, RecordKey key) {
    return log != null && Position.isOne(raw(option)) ? key.at(log, offset(option, log)) : get(option);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof OptionMap options && given.equals(options.given);
  }

  @Override
  public int hashCode() {
    return given.hashCode();
  }

  @Override
  public String toString() {
    return given.toString();
  }
}
