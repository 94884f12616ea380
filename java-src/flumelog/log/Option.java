package flumelog.log;

import flumelog.error.OptionFailures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One option: its key, and its allowed values. Maps of options and Java's methods are both checked by it.
 *
 * @param reader converts the value that the user gave; returns null if it is not {@code expected}
 */
record Option<T>(String key, String expected, Function<Object, T> reader) {
  static <T> Option<T> of(String key, Class<T> type, String expected) {
    return new Option<>(key, expected, value -> type.isInstance(value) ? type.cast(value) : null);
  }

  static Option<Boolean> flag(String key) {
    return of(key, Boolean.class, "true or false");
  }

  static Option<Long> integer(String key, long min, long max) {
    return new Option<>(key, "a whole number from " + min + " to " + max, value -> {
      Long number = wholeNumber(value);
      return number != null && number >= min && number <= max ? number : null;
    });
  }

  /** Any long. */
  static Option<Long> offset(String key) {
    return integer(key, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  /** @param names the allowed keywords, with their colons */
  static Option<String> oneOf(String key, String... names) {
    int last = names.length - 1;
    String expected = String.join(", ", List.of(names).subList(0, last)) + " or " + names[last];
    return new Option<>(key, expected, value -> List.of(names).contains(name(value)) ? name(value) : null);
  }

  static Map<String, Option<?>> known(Option<?>... options) {
    Map<String, Option<?>> known = new LinkedHashMap<>();
    for (Option<?> option : options) known.put(option.key, option);
    return known;
  }

  /** The converted value; throws if the option can't have it. */
  T check(Object value) {
    T checked = reader.apply(value);
    if (checked == null) throw OptionFailures.badOption(key, value, expected);
    return checked;
  }

  /** The text of a keyword, or of a string or symbol that names one, with its colon. */
  static String name(Object keyword) {
    String text = String.valueOf(keyword);
    return text.startsWith(":") ? text : ":" + text;
  }

  /** The value as a long; null if it is not a whole number. */
  static Long wholeNumber(Object value) {
    boolean is = value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    return is ? ((Number) value).longValue() : null;
  }
}
