package flumelog.value;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Steps over a text of plain data, and makes its values. What is not plain beyond doubt ends it. For one text and one thread. */
abstract class PlainReader {
  /** Deeper values are for readers that go as deep as their stack allows. */
  private static final int MOST_DEPTH = 200;
  private static final int MOST_DIGITS_OF_LONG = 18;

  /** Ends the reading of a text that is not plain. It has no stack trace, so it costs little. */
  static final class NotPlain extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static final NotPlain INSTANCE = new NotPlain();

    private NotPlain() {
      super(null, null, false, false);
    }
  }

  final String text;
  int at;
  /** The place of the next backslash, or one that was passed. */
  private int backslash = -1;
  /** The items of the collections that are being read. */
  private Object[] items = new Object[32];
  private int count;

  PlainReader(String text) {
    this.text = text;
  }

  /** Reads the value that begins here. */
  abstract @Nullable Object value(int depth);

  abstract boolean isSpace(char c);

  /** Reads the value that is all of the text. */
  final @Nullable Object only() {
    space();
    Object value = value(0);
    space();
    if (at < text.length()) throw NotPlain.INSTANCE;
    return value;
  }

  /** The next char; at the end of the text one that belongs to nothing. */
  final char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  final void space() {
    while (at < text.length() && isSpace(text.charAt(at))) at++;
  }

  // Collections

  /** Steps into a collection. Returns the place of its first item. */
  final int begin(int depth) {
    if (depth == MOST_DEPTH) throw NotPlain.INSTANCE;
    at++;
    space();
    return count;
  }

  final void add(@Nullable Object item) {
    if (count == items.length) items = Arrays.copyOf(items, 2 * count);
    items[count++] = item;
  }

  /** The items from this place on, which are done. */
  final Object[] taken(int first) {
    Object[] taken = Arrays.copyOfRange(items, first, count);
    count = first;
    return taken;
  }

  // Numbers

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  final Object number() {
    int from = at;
    boolean isNegative = peek() == '-';
    if (isNegative) at++;
    int first = at;
    long number = 0;
    for (char c = peek(); isDigit(c); c = peek()) {
      number = 10 * number + (c - '0');
      at++;
    }
    int digits = at - first;
    boolean hasZeroBefore = digits > 1 && text.charAt(first) == '0';
    char next = peek();
    if (digits == 0 || digits > MOST_DIGITS_OF_LONG || hasZeroBefore) throw NotPlain.INSTANCE;
    if (next == '.' || next == 'e' || next == 'E') return fraction(from);
    return isNegative ? -number : number;
  }

  private Object fraction(int from) {
    if (peek() == '.') {
      at++;
      digits();
    }
    if (peek() == 'e' || peek() == 'E') {
      at++;
      if (peek() == '-' || peek() == '+') at++;
      digits();
    }
    return Double.parseDouble(text.substring(from, at));
  }

  private void digits() {
    int from = at;
    while (isDigit(peek())) at++;
    if (at == from) throw NotPlain.INSTANCE;
  }

  // Strings

  final String string() {
    int from = ++at;
    int end = text.indexOf('"', from);
    if (backslash < from) backslash = nextBackslash(from);
    if (end < 0) throw NotPlain.INSTANCE;
    if (backslash < end) return escaped(from);
    at = end + 1;
    return text.substring(from, end);
  }

  private int nextBackslash(int from) {
    int found = text.indexOf('\\', from);
    return found < 0 ? text.length() : found;
  }

  private String escaped(int from) {
    StringBuilder string = new StringBuilder();
    for (; ; ) {
      string.append(text, from, backslash);
      at = backslash + 1;
      string.append(escape(peek()));
      from = at + 1;
      backslash = nextBackslash(from);
      int end = text.indexOf('"', from);
      if (end < 0) throw NotPlain.INSTANCE;
      if (end < backslash) {
        at = end + 1;
        return string.append(text, from, end).toString();
      }
    }
  }

  /** The char that an escape sequence stands for. */
  char escape(char c) {
    return switch (c) {
      case '"', '\\' -> c;
      case 'n' -> '\n';
      case 't' -> '\t';
      case 'r' -> '\r';
      case 'f' -> '\f';
      case 'b' -> '\b';
      default -> throw NotPlain.INSTANCE;
    };
  }
}
