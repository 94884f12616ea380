package flumelog.field;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Steps through JSON in UTF-8. It takes only text that is JSON beyond doubt: whatever is malformed, or rare and costly to judge,
 * ends the steps with {@link Doubt}. The caller then asks the decoder. For one text and one thread.
 *
 * <p>A step takes the position where it begins and returns the one where it ends.
 */
// cpu: as a field, the position would be stored and loaded again at each step
final class JsonText {
  /** Says that the decoder has to judge the text. */
  static final class Doubt extends RuntimeException {
    private static final long serialVersionUID = 1L;
    static final Doubt DOUBT = new Doubt();

    private Doubt() {
      super("the decoder has to judge this text", null, false, false);
    }
  }

  /** Deeper values are for the decoder, which goes as deep as its stack allows. */
  private static final int MOST_DEPTH = 200;
  /** Longer numbers are for the decoder, which has a limit for them. A shorter one is no infinite double. */
  private static final int MOST_NUMBER_BYTES = 100;
  private static final int MOST_EXPONENT_DIGITS = 2;

  /** A class of its own, since making it takes 6 ms: only a reading of many texts loads it. */
  private static final class Eight {
    static final VarHandle BYTES = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  }

  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = ONES << 7;
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  private final byte[] bytes;
  private final int end;
  private final boolean readsMany;
  // Facts of the last string and the last number. A wide string has chars outside of ASCII.
  private boolean hasEscapes;
  private boolean isWide;
  private boolean isFloating;

  /** @param readsMany whether this is one of many texts, so that what makes them quicker pays */
  JsonText(byte[] bytes, int from, int length, boolean readsMany) {
    this.bytes = bytes;
    this.end = from + length;
    this.readsMany = readsMany;
  }

  boolean hasEscapes() {
    return hasEscapes;
  }

  boolean isWide() {
    return isWide;
  }

  boolean isFloating() {
    return isFloating;
  }

  /** Steps over white space. A byte follows it. */
  int space(int from) {
    for (int i = from; i < end; i++) {
      if (bytes[i] > ' ') return i;
      if (!isSpace(bytes[i])) break;
    }
    throw Doubt.DOUBT;
  }

  /** Only white space may follow. */
  void finish(int from) {
    for (int i = from; i < end; i++) {
      if (!isSpace(bytes[i])) throw Doubt.DOUBT;
    }
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }

  /**
   * Steps over the opening bracket here. Returns the position of the first item. If there is none, it steps over the closing
   * bracket too, and returns the complement of the position.
   */
  int open(int from, char close, int depth) {
    if (depth > MOST_DEPTH) throw Doubt.DOUBT;
    int i = space(from + 1);
    return bytes[i] == close ? ~(i + 1) : i;
  }

  /** Steps over a comma to the next item; or over the closing bracket, and returns the complement of the position. */
  int next(int from, char close) {
    int i = space(from);
    if (bytes[i] == ',') return space(i + 1);
    if (bytes[i] == close) return ~(i + 1);
    throw Doubt.DOUBT;
  }

  /** Steps over a string that is a key. Keys with escapes are rare, and parsers differ on those with half of a surrogate pair. */
  int key(int from) {
    int i = string(from);
    if (hasEscapes) throw Doubt.DOUBT;
    return i;
  }

  /** Steps over a colon, to the value. */
  int colon(int from) {
    int i = space(from);
    if (bytes[i] != ':') throw Doubt.DOUBT;
    return space(i + 1);
  }

  /** Steps over the value that begins here. */
  int value(int from, int depth) {
    return switch (bytes[from]) {
      case '"' -> string(from);
      case '{' -> object(from, depth);
      case '[' -> array(from, depth);
      case 't' -> word(from, TRUE);
      case 'f' -> word(from, FALSE);
      case 'n' -> word(from, NULL);
      default -> number(from);
    };
  }

  private int object(int from, int depth) {
    int i = open(from, '}', depth);
    while (i >= 0) i = next(value(colon(key(i)), depth + 1), '}');
    return ~i;
  }

  private int array(int from, int depth) {
    int i = open(from, ']', depth);
    while (i >= 0) i = next(value(i, depth + 1), ']');
    return ~i;
  }

  private int word(int from, byte[] word) {
    for (int i = 0; i < word.length; i++) {
      if (byteAt(from + i) != word[i]) throw Doubt.DOUBT;
    }
    return from + word.length;
  }

  private int number(int from) {
    int i = byteAt(from) == '-' ? from + 1 : from;
    i = byteAt(i) == '0' ? i + 1 : digits(i);
    isFloating = false;
    if (byteAt(i) == '.') {
      isFloating = true;
      i = digits(i + 1);
    }
    if ((byteAt(i) | 0x20) == 'e') {
      isFloating = true;
      i = exponent(i + 1);
    }
    if (i - from > MOST_NUMBER_BYTES) throw Doubt.DOUBT;
    return i;
  }

  private int exponent(int from) {
    int sign = byteAt(from);
    int i = sign == '-' || sign == '+' ? from + 1 : from;
    int to = digits(i);
    if (to - i > MOST_EXPONENT_DIGITS) throw Doubt.DOUBT;
    return to;
  }

  private int digits(int from) {
    int i = from;
    while (byteAt(i) >= '0' && byteAt(i) <= '9') i++;
    if (i == from) throw Doubt.DOUBT;
    return i;
  }

  private byte byteAt(int position) {
    return position < end ? bytes[position] : 0;
  }

  private int string(int from) {
    if (bytes[from] != '"') throw Doubt.DOUBT;
    hasEscapes = false;
    isWide = false;
    int i = plainEnd(from + 1);
    return byteAt(i) == '"' ? i + 1 : restOfString(i);
  }

  private int restOfString(int from) {
    int i = from;
    while (byteAt(i) != '"') {
      byte b = byteAt(i);
      if (b == '\\') {
        hasEscapes = true;
        i = escapeEnd(i + 1);
      } else if (b < 0) {
        isWide = true;
        i = Utf8.end(bytes, i, end);
        if (i < 0) throw Doubt.DOUBT;
      } else if (b < ' ') {
        throw Doubt.DOUBT;
      }
      if (byteAt(i) >= 0) i = plainEnd(i);
    }
    return i + 1;
  }

  /** The first position from here on that has a quote, a backslash, a control char or a byte that is not ASCII. */
  private int plainEnd(int from) {
    int i = from;
    for (; readsMany && i <= end - Long.BYTES; i += Long.BYTES) {
      long eight = (long) Eight.BYTES.get(bytes, i);
      long quotes = eight ^ ONES * '"';
      long backslashes = eight ^ ONES * '\\';
      // The lowest high bit that is set marks the first such byte. Higher ones may be wrong, since subtractions borrow.
      long marks = (quotes - ONES & ~quotes | backslashes - ONES & ~backslashes | eight - ONES * ' ' & ~eight | eight) & HIGH_BITS;
      if (marks != 0) return i + (Long.numberOfTrailingZeros(marks) >> 3);
    }
    while (i < end && bytes[i] >= ' ' && bytes[i] != '"' && bytes[i] != '\\') i++;
    return i;
  }

  private int escapeEnd(int position) {
    switch (byteAt(position)) {
      case '"', '\\', '/', 'b', 'f', 'n', 'r', 't' -> {
        return position + 1;
      }
      case 'u' -> {
        for (int i = position + 1; i <= position + 4; i++) {
          if (Character.digit(byteAt(i), 16) < 0) throw Doubt.DOUBT;
        }
        return position + 5;
      }
      default -> throw Doubt.DOUBT;
    }
  }
}
