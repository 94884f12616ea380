package flumelog.field;

import clojure.lang.LazilyPersistentVector;
import flumelog.value.KeyCache;
import flumelog.value.OrderedMap;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes the value of JSON that is plain beyond doubt, straight from its bytes and faster than by Jackson's tokens, to the same values. Where
 * {@link JsonText} is in doubt, and at whole numbers of many digits and at {@code \\u}, Jackson has to judge. For one text and one thread.
 */
public final class JsonValues {
  /** The result of {@link #read} for a text that Jackson has to judge. */
  public static final Object NOT_PLAIN = new Object();

  /** No whole number of so many digits is too large for a long. */
  private static final int MOST_DIGITS_OF_LONG = 18;

  private final byte[] bytes;
  private final JsonText text;
  private final Function<String, Object> keyOf;
  /** The items of the collections that are being read. */
  private @Nullable Object[] items = new Object[32];
  private int count;
  /** Where the value ends that was made last. */
  private int end;

  private JsonValues(byte[] bytes, JsonText text, Function<String, Object> keyOf) {
    this.bytes = bytes;
    this.text = text;
    this.keyOf = keyOf;
  }

  /**
   * Reads a text in UTF-8.
   *
   * @param bytes an array that contains the text
   * @param from index of the first byte of the text
   * @param length how many bytes the text has
   * @param keyOf makes the key of a name
   * @return the value, which may be null; or {@link #NOT_PLAIN}
   */
  public static @Nullable Object read(byte[] bytes, int from, int length, Function<String, Object> keyOf) {
    JsonText text = new JsonText(bytes, from, length, true);
    JsonValues values = new JsonValues(bytes, text, keyOf);
    try {
      Object value = values.value(text.space(from), 0);
      text.finish(values.end);
      return value;
    } catch (JsonText.Doubt e) {
      return NOT_PLAIN;
    }
  }

  private @Nullable Object value(int from, int depth) {
    byte first = bytes[from];
    if (first == '{') return object(from, depth);
    if (first == '[') return array(from, depth);
    int to = text.value(from, depth);
    end = to;
    return switch (first) {
      case '"' -> string(from + 1, to - 1);
      case 't' -> Boolean.TRUE;
      case 'f' -> Boolean.FALSE;
      case 'n' -> null;
      default -> number(from, to);
    };
  }

  private Object object(int from, int depth) {
    int first = count;
    int i = text.open(from, '}', depth);
    while (i >= 0) {
      int keyEnd = text.key(i);
      add(key(i + 1, keyEnd - 1));
      add(value(text.colon(keyEnd), depth + 1));
      i = text.next(end, '}');
    }
    end = ~i;
    return OrderedMap.of(taken(first));
  }

  private Object array(int from, int depth) {
    int first = count;
    int i = text.open(from, ']', depth);
    while (i >= 0) {
      add(value(i, depth + 1));
      i = text.next(end, ']');
    }
    end = ~i;
    return LazilyPersistentVector.createOwning(taken(first));
  }

  private void add(@Nullable Object item) {
    if (count == items.length) items = Arrays.copyOf(items, 2 * count);
    items[count++] = item;
  }

  /** The items from this place on, which are done. */
  private @Nullable Object[] taken(int first) {
    Object[] taken = Arrays.copyOfRange(items, first, count);
    count = first;
    return taken;
  }

  private Object key(int from, int to) {
    if (!text.isWide() && keyOf instanceof KeyCache cache) return cache.key(bytes, from, to);
    return keyOf.apply(plain(from, to));
  }

  private String plain(int from, int to) {
    return new String(bytes, from, to - from, text.isWide() ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
  }

  private String string(int from, int to) {
    return text.hasEscapes() ? escaped(plain(from, to)) : plain(from, to);
  }

  private static String escaped(String text) {
    StringBuilder out = new StringBuilder(text.length());
    int from = 0;
    for (int i = text.indexOf('\\'); i >= 0; i = text.indexOf('\\', from)) {
      out.append(text, from, i).append(escape(text.charAt(i + 1)));
      from = i + 2;
    }
    return out.append(text, from, text.length()).toString();
  }

  /** The char that an escape sequence stands for. */
  private static char escape(char c) {
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'b' -> '\b';
      default -> throw JsonText.Doubt.DOUBT;
    };
  }

  private Object number(int from, int to) {
    if (text.isFloating()) return Double.parseDouble(plain(from, to));
    if (to - from > MOST_DIGITS_OF_LONG) throw JsonText.Doubt.DOUBT;
    boolean isNegative = bytes[from] == '-';
    long number = 0;
    for (int i = isNegative ? from + 1 : from; i < to; i++) number = 10 * number + (bytes[i] - '0');
    return isNegative ? -number : number;
  }
}
