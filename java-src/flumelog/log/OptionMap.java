package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.Suggestion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Options as the user gave them: a map whose keys are keywords or their names. Keys that are not known are refused
 * with the nearest one that is.
 */
public final class OptionMap {
  private final Map<String, Object> given = new LinkedHashMap<>();

  /** @param known the options that there are, by key, in the order in which they are named to the user */
  OptionMap(Map<?, ?> options, Map<String, ?> known) {
    if (options == null) return;
    options.forEach((key, value) -> {
      String name = Option.name(key);
      if (!known.containsKey(name)) throw OptionFailures.unknownOption(name, nearest(name, known), known);
      if (value != null) given.put(name, value);
    });
  }

  /**
   * Refuses a map of options that has a key which is not known.
   *
   * @param options a map whose keys are keywords or their names; null is an empty one
   * @param known the keys that there are, with their colons
   * @throws LogException {@code BAD_OPTION} with the nearest known key
   */
  public static void check(Map<?, ?> options, List<String> known) {
    Map<String, Object> keys = new LinkedHashMap<>();
    for (String key : known) keys.put(key, key);
    new OptionMap(options, keys);
  }

  boolean has(Option<?> option) {
    return given.containsKey(option.key());
  }

  private static String nearest(String name, Map<String, ?> known) {
    String meant = meant(name);
    return known.containsKey(meant) ? meant : Suggestion.ofOption(name, known.keySet());
  }

  /** What other libraries call it; "" where no name is known that looks otherwise. */
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

  /** The value as it was given, or null. */
  Object raw(Option<?> option) {
    return given.get(option.key());
  }

  /** The checked value, or {@code otherwise} when there is none. */
  <T> T get(Option<T> option, T otherwise) {
    return has(option) ? option.check(raw(option)) : otherwise;
  }

  /** The offset that was given, or that of the position, which must be one of the log; {@code otherwise} when there is none. */
  long offset(Option<Long> option, long otherwise, Log log) {
    Object value = raw(option);
    return log != null && Position.isOne(value) ? log.offsetOf(Position.from(value)) : get(option, otherwise);
  }
}
