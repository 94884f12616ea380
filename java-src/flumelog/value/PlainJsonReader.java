package flumelog.value;

import clojure.lang.LazilyPersistentVector;
import flumelog.codec.Codecs;
import java.nio.charset.CharacterCodingException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads JSON that is plain beyond doubt, faster than by Jackson's tokens, to the same values. What is malformed, rare or costly to judge
 * it leaves to Jackson: it says {@link #NOT_PLAIN}, of line breaks and other control chars, {@code \\u}, and numbers of many digits.
 * For one text and one thread.
 */
public final class PlainJsonReader extends PlainReader {
  /** The result of {@link #read} for a text that Jackson has to judge. */
  public static final Object NOT_PLAIN = new Object();

  private static final int MOST_CHARS_OF_NUMBER = 100;

  private final Function<String, Object> keyOf;

  private PlainJsonReader(String text, Function<String, Object> keyOf) {
    super(text);
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
   * @throws CharacterCodingException if the bytes are not UTF-8
   */
  public static @Nullable Object read(byte[] bytes, int from, int length, Function<String, Object> keyOf) throws CharacterCodingException {
    if (Ascii.hasControl(bytes, from, length)) return NOT_PLAIN;
    try {
      return new PlainJsonReader(Codecs.string(bytes, from, length), keyOf).only();
    } catch (NotPlain e) {
      return NOT_PLAIN;
    }
  }

  @Override
  boolean isSpace(char c) {
    return c == ' ';
  }

  @Override
  char escape(char c) {
    return c == '/' ? c : super.escape(c);
  }

  @Override
  @Nullable Object value(int depth) {
    return switch (peek()) {
      case '"' -> string();
      case '{' -> object(depth);
      case '[' -> array(depth);
      case 't' -> word("true", Boolean.TRUE);
      case 'f' -> word("false", Boolean.FALSE);
      case 'n' -> word("null", null);
      default -> finite();
    };
  }

  private @Nullable Object word(String word, @Nullable Object value) {
    if (!text.startsWith(word, at)) throw NotPlain.INSTANCE;
    at += word.length();
    return value;
  }

  private Object finite() {
    int from = at;
    Object number = number();
    if (number instanceof Double value && (value.isInfinite() || at - from > MOST_CHARS_OF_NUMBER)) throw NotPlain.INSTANCE;
    return number;
  }

  private Object object(int depth) {
    int first = begin(depth);
    while (peek() != '}') {
      if (peek() != '"') throw NotPlain.INSTANCE;
      add(keyOf.apply(string()));
      space();
      step(':');
      add(value(depth + 1));
      next('}');
    }
    at++;
    return OrderedMap.of(taken(first));
  }

  private Object array(int depth) {
    int first = begin(depth);
    while (peek() != ']') {
      add(value(depth + 1));
      next(']');
    }
    at++;
    return LazilyPersistentVector.createOwning(taken(first));
  }

  /** Steps over a comma, behind which another item has to be, or up to the closing bracket. */
  private void next(char close) {
    space();
    if (peek() == close) return;
    step(',');
    if (peek() == close) throw NotPlain.INSTANCE;
  }

  private void step(char c) {
    if (peek() != c) throw NotPlain.INSTANCE;
    at++;
    space();
  }
}
