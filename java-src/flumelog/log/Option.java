package flumelog.log;

import flumelog.error.OptionFailures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * One option: its key, and what a value of it must be. Said here once, for maps of options and for Java's methods.
 *
 * @param reader makes the value of what the user gave; null where that is not {@code expected}
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

  /** @param names keywords, with their colons */
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

  /** The value, when it is one that the option can have. */
  T check(Object value) {
    T checked = reader.apply(value);
    if (checked == null) throw OptionFailures.badOption(key, value, expected);
    return checked;
  }

  /** A keyword, or what names one, as text with its colon. */
  static String name(Object keyword) {
    String text = String.valueOf(keyword);
    return text.startsWith(":") ? text : ":" + text;
  }

  /** Null when it is none. */
  static Long wholeNumber(Object value) {
    boolean is = value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    return is ? ((Number) value).longValue() : null;
  }
}
