package flumelog.log;

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
  static final OptionMap EMPTY = new OptionMap(new LinkedHashMap<>());

  private final Map<String, Object> given;

  private OptionMap(Map<String, Object> given) {
    this.given = given;
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
    for (Map.Entry<?, ?> option : options.entrySet()) {
      String key = Option.name(option.getKey());
      if (!known.containsKey(key)) throw OptionFailures.unknownOption(key, nearest(key, known), known);
      if (option.getValue() != null) given.put(key, option.getValue());
    }
    return new OptionMap(given);
  }

  /** Reads a map in which the caller has some options of its own; their values are any objects. */
  static OptionMap of(Map<?, ?> options, Map<String, ?> known, List<String> others) {
    if (others.isEmpty()) return of(options, known);
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
    return new OptionMap(all);
  }

  /** These options with another value of one of them, which is checked unless it is the default. */
  OptionMap with(Option<?> option, Object value) {
    Map<String, Object> changed = new LinkedHashMap<>(given);
    changed.put(option.key(), Objects.equals(value, option.otherwise()) ? value : option.check(value));
    return new OptionMap(changed);
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
    return has(option) ? option.check(raw(option)) : option.otherwise();
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
