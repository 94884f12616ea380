package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.Suggestion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Options as the user gave them: a map whose keys are keywords or their names. An unknown key is refused; the error
 * names the most similar known key.
 */
public final class OptionMap {
  private final Map<String, Object> given = new LinkedHashMap<>();

  /** @param known the known options by key, in the order in which the error lists them */
  OptionMap(Map<?, ?> options, Map<String, ?> known) {
    if (options == null) return;
    options.forEach((key, value) -> {
      String name = Option.name(key);
      if (!known.containsKey(name)) throw OptionFailures.unknownOption(name, nearest(name, known), known);
      if (value != null) given.put(name, value);
    });
  }

  /**
   * Refuses a map of options with an unknown key.
   *
   * @param options a map whose keys are keywords or their names; null is an empty one
   * @param known the known keys, with their colons
   * @throws LogException {@code BAD_OPTION} with the most similar known key
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

  /** The value as it was given, or null. */
  Object raw(Option<?> option) {
    return given.get(option.key());
  }

  /** The checked value, or {@code otherwise} if none was given. */
  <T> T get(Option<T> option, T otherwise) {
    return has(option) ? option.check(raw(option)) : otherwise;
  }

  /** The offset that was given as a number or as a position of the log; {@code otherwise} if none was given. */
  long offset(Option<Long> option, long otherwise, Log log) {
    Object value = raw(option);
    return log != null && Position.isOne(value) ? log.offsetOf(Position.from(value)) : get(option, otherwise);
  }
}
