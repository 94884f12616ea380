package flumelog.error;

import java.io.File;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.RandomAccess;
import java.util.Set;

/**
 * Makes the text of a value for an error. It is much like what Clojure prints, so that {@code "67"} differs from {@code 67}.
 * The text is short for any value, since a sequence may be endless. No method of an unknown class is called.
 */
final class ValueText {
  private static final int MOST_CHARS = 100;
  private static final int MOST_ITEMS = 12;
  private static final int MOST_LEVELS = 4;

  private final StringBuilder out = new StringBuilder();

  private ValueText() {}

  static String of(Object value) {
    ValueText text = new ValueText();
    text.add(value, 0);
    return text.out.toString();
  }

  private void add(Object value, int level) {
    if (value == null) out.append("nil");
    else if (value instanceof String text) addQuoted(text);
    else if (value instanceof File || value instanceof Path) addQuoted(value.toString());
    else if (value instanceof Character c) out.append('\\').append(c.charValue());
    else if (isOf("clojure.lang.BigInt", value)) out.append(value).append("N (clojure.lang.BigInt)");
    else if (value instanceof BigDecimal) out.append(value).append('M');
    else if (isPlain(value)) out.append(value);
    else if (value instanceof Map<?, ?> map) addMap(map, level);
    else if (value instanceof Set<?> set) addItems("#{", set, "}", level);
    else if (value instanceof List<?> list && value instanceof RandomAccess) addItems("[", list, "]", level);
    else if (isOf("clojure.lang.AFunction", value)) out.append("a function (").append(value.getClass().getName()).append(')');
    else out.append("a ").append(value.getClass().getTypeName());
  }

  /** Whether {@code toString} of the value is short and shows what the value is. */
  private static boolean isPlain(Object value) {
    return value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte
        || value instanceof Double || value instanceof Float || value instanceof Boolean
        || isOf("clojure.lang.Keyword", value) || isOf("clojure.lang.Symbol", value)
        || value instanceof Enum || value instanceof Class || value.getClass().getName().startsWith("flumelog.");
  }

  /** Whether the value is of a class with this name. A Java program must not load the classes of Clojure to know it. */
  private static boolean isOf(String name, Object value) {
    Class<?> type = value.getClass();
    while (type != null && !type.getName().equals(name)) type = type.getSuperclass();
    return type != null;
  }

  private void addQuoted(String text) {
    out.append('"');
    for (int i = 0; i < Math.min(text.length(), MOST_CHARS); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"', '\\' -> out.append('\\').append(c);
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> out.append(c);
      }
    }
    out.append(text.length() > MOST_CHARS ? "...\"" : "\"");
  }

  private void addMap(Map<?, ?> map, int level) {
    if (isTooDeep(level)) return;
    out.append('{');
    int left = MOST_ITEMS;
    for (Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator(); entries.hasNext(); ) {
      if (left-- == 0) {
        out.append("...");
        break;
      }
      Map.Entry<?, ?> entry = entries.next();
      add(entry.getKey(), level + 1);
      out.append(' ');
      add(entry.getValue(), level + 1);
      if (entries.hasNext()) out.append(", ");
    }
    out.append('}');
  }

  private void addItems(String open, Iterable<?> items, String close, int level) {
    if (isTooDeep(level)) return;
    out.append(open);
    int left = MOST_ITEMS;
    for (Iterator<?> all = items.iterator(); all.hasNext(); ) {
      if (left-- == 0) {
        out.append("...");
        break;
      }
      add(all.next(), level + 1);
      if (all.hasNext()) out.append(' ');
    }
    out.append(close);
  }

  private boolean isTooDeep(int level) {
    if (level >= MOST_LEVELS) out.append('#');
    return level >= MOST_LEVELS;
  }
}
