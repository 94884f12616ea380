package flumelog.field;

import flumelog.codec.Codecs;
import java.io.ByteArrayOutputStream;
import java.nio.charset.CharacterCodingException;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells of data whether it is JSON beyond doubt, without a library and without making a value of it. It says no also to what is rare
 * and costly to judge. In case of no the caller lets the decoder judge.
 */
public final class PlainJson {
  /** A decimal number of up to this many digits is the shortest text of its double. */
  private static final int MOST_EXACT_DIGITS = 15;
  /** With more zeros behind the point, JavaScript writes an exponent. */
  private static final int MOST_ZEROS = 5;

  private final byte[] bytes;
  private final JsonText text;
  private final ByteArrayOutputStream written;

  private PlainJson(byte[] bytes) {
    this.bytes = bytes;
    this.text = new JsonText(bytes, 0, bytes.length, false);
    this.written = new ByteArrayOutputStream(bytes.length);
  }

  /**
   * Whether data is one value of JSON in UTF-8, on one line.
   *
   * @param data any bytes
   * @return whether the JSON codec reads it; false also where only the codec can tell
   */
  public static boolean is(byte[] data) {
    for (byte b : data) if (b >= 0 && b < ' ') return false;
    JsonText text = new JsonText(data, 0, data.length, false);
    try {
      text.finish(text.value(text.space(0), 0));
      return true;
    } catch (JsonText.Doubt e) {
      return false;
    }
  }

  /**
   * The data that the JSON codec, with its usual keys, makes of the value in a text.
   *
   * @param data any bytes; they are not changed
   * @return that data; null where only the codec can tell
   */
  public static byte @Nullable [] written(byte[] data) {
    PlainJson json = new PlainJson(data);
    try {
      json.text.finish(json.value(json.text.space(0), 0));
      return json.written.toByteArray();
    } catch (JsonText.Doubt e) {
      return null;
    }
  }

  private int value(int from, int depth) {
    return switch (bytes[from]) {
      case '{' -> object(from, depth);
      case '[' -> array(from, depth);
      default -> scalar(from, depth);
    };
  }

  private int object(int from, int depth) {
    Set<String> keys = new HashSet<>();
    int i = text.open(from, '}', depth);
    written.write('{');
    while (i >= 0) {
      if (!keys.isEmpty()) written.write(',');
      int end = text.key(i);
      if (!keys.add(key(i, end))) throw JsonText.Doubt.DOUBT;      // the last value of a key counts
      copy(i, end);
      written.write(':');
      i = text.next(value(text.colon(end), depth + 1), '}');
    }
    written.write('}');
    return ~i;
  }

  private String key(int from, int to) {
    try {
      return Codecs.string(bytes, from, to - from);
    } catch (CharacterCodingException e) {
      throw JsonText.Doubt.DOUBT;
    }
  }

  private int array(int from, int depth) {
    int i = text.open(from, ']', depth);
    written.write('[');
    for (boolean isFirst = true; i >= 0; isFirst = false) {
      if (!isFirst) written.write(',');
      i = text.next(value(i, depth + 1), ']');
    }
    written.write(']');
    return ~i;
  }

  private int scalar(int from, int depth) {
    int to = text.value(from, depth);
    if (bytes[from] == '"') checkEscapes(from, to);
    else if (bytes[from] < 'A') checkNumber(from, to);
    copy(from, to);
    return to;
  }

  private void copy(int from, int to) {
    written.write(bytes, from, to - from);
  }

  /** The codec writes a char that has a short escape, or needs none, in that way only. */
  private void checkEscapes(int from, int to) {
    if (!text.hasEscapes()) return;
    for (int i = from; i < to; i++) {
      if (bytes[i] != '\\') continue;
      i++;
      if (bytes[i] == 'u' || bytes[i] == '/') throw JsonText.Doubt.DOUBT;
    }
  }

  private void checkNumber(int from, int to) {
    int start = bytes[from] == '-' ? from + 1 : from;
    boolean isExact = text.isFloating() ? isShortest(start, to) : start == from || bytes[start] != '0';
    if (!isExact) throw JsonText.Doubt.DOUBT;
  }

  /** Whether a number without its sign is written as JavaScript writes its double, or as a whole number with ".0". */
  private boolean isShortest(int from, int to) {
    int point = from;
    while (point < to && bytes[point] >= '0') point++;
    if (point == to || bytes[point] != '.' || to - from > MOST_EXACT_DIGITS + 1) return false;
    for (int i = point + 1; i < to; i++) if (bytes[i] > '9' || bytes[i] < '0') return false;     // an exponent
    boolean isWhole = to - point == 2 && bytes[to - 1] == '0';
    if (bytes[from] != '0') return isWhole || bytes[to - 1] != '0';
    int zeros = point + 1;
    while (zeros < to && bytes[zeros] == '0') zeros++;
    return zeros < to && bytes[to - 1] != '0' && zeros - point - 1 <= MOST_ZEROS;
  }
}
