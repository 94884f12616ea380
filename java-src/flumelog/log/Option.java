package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * One option: its key, its allowed values, and its value if none is given. Maps of options and Java's methods are both checked
 * by it.
 *
 * @param type the class of a value
 * @param otherwise the value if none is given; may be null
 * @param min the least number, if the option is one
 * @param max the greatest number
 * @param names the allowed keywords, with their colons; empty if the option is no name
 */
// start-up: one class without lambdas, since each of these is one more class to make when a process opens its first log.
record Option<T>(String key, String expected, Class<T> type, T otherwise, long min, long max, List<String> names) {
  /** An object of a class. */
  static <T> Option<T> of(String key, Class<T> type, String expected, T otherwise) {
    return new Option<>(key, expected, type, otherwise, 0, 0, List.of());
  }

  static Option<Boolean> flag(String key, boolean otherwise) {
    return of(key, Boolean.class, "true or false", otherwise);
  }

  /** A whole number. */
  static Option<Integer> count(String key, int min, int max, int otherwise) {
    return new Option<>(key, "a whole number from " + min + " to " + max, Integer.class, otherwise, min, max, List.of());
  }

  /** A whole number that may be a long. */
  static Option<Long> number(String key, long min, long max, long otherwise) {
    return new Option<>(key, "a whole number from " + min + " to " + max, Long.class, otherwise, min, max, List.of());
  }

  /** Any long. {@code expected} is what the sentence says to a value that is no whole number. */
  static Option<Long> anyNumber(String key, String expected) {
    return new Option<>(key, expected, Long.class, 0L, Long.MIN_VALUE, Long.MAX_VALUE, List.of());
  }

  /** Any long. */
  static Option<Long> offset(String key, long otherwise) {
    return number(key, Long.MIN_VALUE, Long.MAX_VALUE, otherwise);
  }

  /** @param names the allowed keywords, with their colons */
  static Option<String> oneOf(String key, String otherwise, String... names) {
    int last = names.length - 1;
    String expected = String.join(", ", List.of(names).subList(0, last)) + " or " + names[last];
    return new Option<>(key, expected, String.class, otherwise, 0, 0, List.of(names));
  }

  /** The options by key, in their order. */
  static Map<String, Option<?>> known(Option<?>... options) {
    Map<String, Option<?>> known = new LinkedHashMap<>();
    for (Option<?> option : options) known.put(option.key, option);
    return known;
  }

  /**
   * The value as the option has it.
   *
   * @param value as the caller gave it
   * @param written how the caller wrote the option, as for {@link OptionFailures#badOption}
   * @throws LogException {@code BAD_OPTION} if the option can't have the value
   */
  T check(Object value, String written) {
    Object meant = value instanceof String text && !written.startsWith(":") ? read(text) : value;
    Object read = type == Long.class ? inBounds(meant)
        : type == Integer.class ? toInt(inBounds(meant))
        : names.isEmpty() ? meant : knownName(meant);
    if (type.isInstance(read)) return type.cast(read);
    boolean isMissing = value == null && names.isEmpty();
    throw OptionFailures.badOption(key, written, value, isMissing ? "a " + type.getSimpleName() : expected);
  }

  /** What a text means for this option, as it stands in a file of properties: a number, a truth value, or a name. */
  private Object read(String text) {
    if (type == Long.class || type == Integer.class) return wholeNumber(text);
    if (!names.isEmpty()) return text.toLowerCase(Locale.ROOT);
    boolean isTrue = text.equalsIgnoreCase("true");
    return type == Boolean.class && (isTrue || text.equalsIgnoreCase("false")) ? (Object) isTrue : text;
  }

  /** The number that a text in decimal digits means; null if it means none. */
  static Long wholeNumber(String text) {
    try {
      return Long.valueOf(text.trim());
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private Long inBounds(Object value) {
    Long number = wholeNumber(value);
    return number != null && number >= min && number <= max ? number : null;
  }

  private static Integer toInt(Long number) {
    return number == null ? null : (Integer) number.intValue();
  }

  private String knownName(Object value) {
    String name = name(value);
    return names.contains(name) ? name : null;
  }

  /** The text of a keyword, or of a string or symbol that names one, with its colon. */
  static String name(Object keyword) {
    String text = String.valueOf(keyword);
    return text.startsWith(":") ? text : ":" + text;
  }

  static boolean isKeyword(Object value) {
    return !(value instanceof CharSequence) && value.toString().startsWith(":");
  }

  /** The value as a long; null if it is not a whole number. */
  static Long wholeNumber(Object value) {
    boolean is = value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte;
    return is ? ((Number) value).longValue() : null;
  }
}
