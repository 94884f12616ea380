package flumelog.field;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Steps through JSON in UTF-8. It takes only text that is JSON beyond doubt: whatever is malformed, or rare and costly to judge,
 * ends the steps with {@link Doubt}. Whoever reads then asks the decoder. For one text and one thread.
 */
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

  private static final VarHandle LONGS = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = ONES << 7;
  private static final byte[] TRUE = "true".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] FALSE = "false".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] NULL = "null".getBytes(StandardCharsets.US_ASCII);

  private final byte[] bytes;
  private final int end;
  private int at;
  /** Of the string that was stepped over last. */
  private boolean hasEscapes;
  /** Of the string that was stepped over last: whether it has other chars than those of ASCII. */
  private boolean isWide;
  /** Of the number that was stepped over last. */
  private boolean isFloating;

  JsonText(byte[] bytes, int from, int length) {
    this.bytes = bytes;
    this.at = from;
    this.end = from + length;
  }

  int at() {
    return at;
  }

  boolean hasEscapes() {
    return hasEscapes;
  }

  boolean isFloating() {
    return isFloating;
  }

  /** The string between the two positions, which has no escapes, and was stepped over last. */
  String string(int from, int to) {
    return new String(bytes, from, to - from, isWide ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
  }

  double doubleAt(int from) {
    return Double.parseDouble(new String(bytes, from, at - from, StandardCharsets.ISO_8859_1));
  }

  /** The whole number, of 18 digits at most, that begins here and ends at the current position. */
  long longAt(int from) {
    boolean isNegative = bytes[from] == '-';
    long number = 0;
    for (int i = isNegative ? from + 1 : from; i < at; i++) number = 10 * number + (bytes[i] - '0');
    return isNegative ? -number : number;
  }

  /** Steps over white space, and returns the byte behind it. */
  byte peek() {
    while (at < end) {
      byte b = bytes[at];
      if (b > ' ') return b;
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') break;
      at++;
    }
    throw Doubt.DOUBT;
  }

  /** Steps over the white space behind the value, which is all that may follow. */
  void finish() {
    while (at < end) {
      byte b = bytes[at++];
      if (b != ' ' && b != '\n' && b != '\r' && b != '\t') throw Doubt.DOUBT;
    }
  }

  /** Steps over the opening bracket; also over the closing one, if it follows. Returns whether there is anything in between. */
  boolean open(char close, int depth) {
    if (depth > MOST_DEPTH) throw Doubt.DOUBT;
    at++;
    if (peek() != close) return true;
    at++;
    return false;
  }

  /** Steps over a comma, or over the closing bracket. Returns whether it was a comma. */
  boolean more(char close) {
    byte b = peek();
    at++;
    if (b == ',') return true;
    if (b == close) return false;
    throw Doubt.DOUBT;
  }

  /**
   * Steps over a string that is the key of an object, and the colon. Returns where the string's chars end. Keys with escapes are
   * rare, and parsers differ on those with half of a surrogate pair.
   */
  int key() {
    stepString();
    int to = at - 1;
    if (hasEscapes || peek() != ':') throw Doubt.DOUBT;
    at++;
    return to;
  }

  /** Steps over a value. */
  void stepValue(int depth) {
    switch (peek()) {
      case '{' -> {
        for (boolean more = open('}', depth); more; more = more('}')) {
          peek();
          key();
          stepValue(depth + 1);
        }
      }
      case '[' -> {
        for (boolean more = open(']', depth); more; more = more(']')) stepValue(depth + 1);
      }
      case '"' -> stepString();
      case 't' -> stepWord(TRUE);
      case 'f' -> stepWord(FALSE);
      case 'n' -> stepWord(NULL);
      default -> stepNumber();
    }
  }

  private void stepWord(byte[] word) {
    if (end - at < word.length) throw Doubt.DOUBT;
    for (byte letter : word) {
      if (bytes[at++] != letter) throw Doubt.DOUBT;
    }
  }

  void stepNumber() {
    int from = at;
    if (byteAt(at) == '-') at++;
    if (byteAt(at) == '0') at++;
    else stepDigits();
    isFloating = false;
    if (byteAt(at) == '.') {
      isFloating = true;
      at++;
      stepDigits();
    }
    if ((byteAt(at) | 0x20) == 'e') {
      isFloating = true;
      at++;
      if (byteAt(at) == '-' || byteAt(at) == '+') at++;
      if (stepDigits() > MOST_EXPONENT_DIGITS) throw Doubt.DOUBT;
    }
    if (at - from > MOST_NUMBER_BYTES) throw Doubt.DOUBT;
  }

  private int stepDigits() {
    int from = at;
    while (byteAt(at) >= '0' && byteAt(at) <= '9') at++;
    if (at == from) throw Doubt.DOUBT;
    return at - from;
  }

  private byte byteAt(int position) {
    return position < end ? bytes[position] : 0;
  }

  void stepString() {
    if (byteAt(at) != '"') throw Doubt.DOUBT;
    hasEscapes = false;
    isWide = false;
    int i = plainEnd(at + 1);
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
    at = i + 1;
  }

  /** The first position from here on that has a quote, a backslash, a control char or a byte that is not ASCII. */
  private int plainEnd(int from) {
    int i = from;
    for (; i <= end - Long.BYTES; i += Long.BYTES) {
      long eight = (long) LONGS.get(bytes, i);
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
