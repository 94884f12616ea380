package flumelog.value;

import clojure.lang.BigInt;
import clojure.lang.IFn;
import clojure.lang.IRecord;
import clojure.lang.Keyword;
import clojure.lang.Sequential;
import clojure.lang.Util;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleFunction;

/**
 * Writes a value as compact JSON, as JavaScript's {@code JSON.stringify} does. It refuses a value that would read back as
 * something else. A keyword, for example, would read back as a string. A key is refused if the key function does not make
 * the same key from its text. A double that is a whole number is written with ".0", so that it reads back as a double.
 * For one value and one thread.
 */
public final class JsonWriter {
  /** The most chars of a number. The time to read a number grows faster than its length. */
  public static final int MOST_DIGITS = 10_000;

  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private final BoundedText text;
  private final IFn keyFunction;
  private final boolean keywords;
  private final DoubleFunction<String> shortest;
  private int depth;
  private boolean deep;

  /**
   * @param text receives the text
   * @param keyFunction makes a key from its text
   * @param keywords whether that function is {@code keyword}; its result is known for most keys without calling it
   * @param shortest makes the text with the fewest digits that reads as a given double; Java itself can since version 19
   */
  public JsonWriter(BoundedText text, IFn keyFunction, boolean keywords, DoubleFunction<String> shortest) {
    this.text = text;
    this.keyFunction = keyFunction;
    this.keywords = keywords;
    this.shortest = shortest;
  }

  /** Writes a value. */
  public JsonWriter write(Object value) throws Exception {
    if (value == null) text.add("null");
    else if (value instanceof String string) string(string);
    else if (value instanceof Number number) number(number);
    else if (value instanceof Boolean) text.add(value.toString());
    else nested(value);
    return this;
  }

  private void nested(Object value) throws Exception {
    deep |= ++depth > EdnWriter.DEEP;
    if (value instanceof Map<?, ?> map && !(value instanceof IRecord)) object(map);
    else if (value instanceof Sequential || value instanceof List<?>) array(value);
    else throw refused(value);
    depth--;
  }

  /** {@return whether the value is nested so deeply that reading its text may overflow the stack} */
  public boolean isDeep() {
    return deep;
  }

  private static IllegalArgumentException refused(Object value) {
    String what = value instanceof Keyword ? "the keyword " + value + " would come back as a string: append (name " + value + ")"
        : "a " + value.getClass().getName() + " would not come back as one: append it as a string, a number, a vector or a map";
    return new IllegalArgumentException("JSON has no form for it; " + what);
  }

  private void array(Object items) throws Exception {
    text.add('[');
    Items.each(items, (first, item) -> {
      if (!first) text.add(',');
      write(item);
    });
    text.add(']');
  }

  private void object(Map<?, ?> map) throws Exception {
    text.add('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!first) text.add(',');
      first = false;
      key(entry.getKey());
      text.add(':');
      write(entry.getValue());
    }
    text.add('}');
  }

  /** Refuses a key that would not read back as itself. Hence no two keys that are written have the same text. */
  private void key(Object key) throws Exception {
    if (keywords && key instanceof Keyword keyword && isPlain(keyword)) {
      text.add('"');
      text.add(textOf(keyword));
      text.add('"');
      return;
    }
    String name = key instanceof Keyword keyword ? textOf(keyword) : key instanceof String string ? string : null;
    Object back = name == null ? null : keyFunction.invoke(name);
    if (back == null || !Util.equiv(back, key)) throw refusedKey(key, name, back);
    string(name);
  }

  private static boolean isPlain(Keyword keyword) {
    String namespace = keyword.getNamespace();
    return EdnWriter.isPlain(keyword.getName()) && (namespace == null || EdnWriter.isPlain(namespace));
  }

  private static String textOf(Keyword keyword) {
    return keyword.sym.toString();
  }

  private static IllegalArgumentException refusedKey(Object key, String name, Object back) {
    if (name == null) {
      return new IllegalArgumentException("keys of JSON are text, and a key that is "
          + (key == null ? "nil" : "a " + key.getClass().getName()) + " would not come back as itself");
    }
    String kind = key instanceof Keyword ? "the keyword " + key : "the string \"" + name + "\"";
    return new IllegalArgumentException("a key that is " + kind + " would come back as "
        + (back instanceof Keyword ? "the keyword " + back : "\"" + back + "\"")
        + ": use such keys, or codec-with of flumelog.codec.json with another :key-fn (identity keeps strings)");
  }

  /** Writes a string. Half of a surrogate pair is written as an escape with its number, as JavaScript does. */
  private void string(String string) throws Exception {
    text.add('"');
    int from = 0;
    for (int i = 0; i < string.length(); i++) {
      char c = string.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\' && !Surrogates.isHalf(string, i)) continue;
      text.add(string.substring(from, i));
      escape(c);
      from = i + 1;
    }
    text.add(from == 0 ? string : string.substring(from));
    text.add('"');
  }

  private void escape(char c) throws Exception {
    text.add('\\');
    switch (c) {
      case '"', '\\' -> text.add(c);
      case '\n' -> text.add('n');
      case '\t' -> text.add('t');
      case '\r' -> text.add('r');
      case '\f' -> text.add('f');
      case '\b' -> text.add('b');
      default -> {
        text.add('u');
        for (int shift = 12; shift >= 0; shift -= 4) text.add(HEX[c >> shift & 0xF]);
      }
    }
  }

  private void number(Number number) throws Exception {
    if (number instanceof Double || number instanceof Float) floating(number);
    else if (number instanceof Long || number instanceof Integer || number instanceof BigInt || number instanceof BigInteger
        || number instanceof Short || number instanceof Byte) whole(number.toString());
    else throw refused(number);
  }

  private void whole(String digits) throws Exception {
    if (digits.length() > MOST_DIGITS) {
      throw new IllegalArgumentException("a number of " + digits.length() + " digits can't be read back: at most "
          + MOST_DIGITS + " digits are read");
    }
    text.add(digits);
  }

  private void floating(Number number) throws Exception {
    double value = number.doubleValue();
    if (value != value || Double.isInfinite(value)) throw new IllegalArgumentException("JSON has no form for the number " + number);
    text.add(number instanceof Float ? number.toString() : NumberText.of(value, shortest));
  }
}
