package flumelog.key;

import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.Sequential;
import clojure.lang.Symbol;
import flumelog.error.OptionFailures;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.UUID;

/** Writes keys as bytes, in the format of {@link Keys}. */
final class KeyWriter {
  static final byte END = 0;
  static final byte NIL = 2;
  static final byte FALSE = 3;
  static final byte TRUE = 4;
  static final byte NEGATIVE = 5;
  static final byte POSITIVE = 6;
  static final byte CHAR = 7;
  static final byte STRING = 8;
  static final byte KEYWORD = 9;
  static final byte SYMBOL = 10;
  static final byte INSTANT = 11;
  static final byte UUID = 12;
  static final byte BYTES = 13;
  static final byte ITEMS = 14;

  /** In a text: the next byte stands for the one below it. */
  static final byte ESCAPE = 1;

  /** What comes before the name of a keyword or a symbol. */
  static final byte NO_NAMESPACE = 1;
  static final byte NAMESPACE = 2;

  private static final int MOST_LEVELS = 64;
  private static final String EXPECTED =
      "nil, a boolean, a number, a character, a string, a keyword, a symbol, a Date or Instant, a UUID, a byte array, or a"
          + " vector or list of these";

  private byte[] out = new byte[64];
  private int size;
  private int level;

  byte[] bytes() {
    return Arrays.copyOf(out, size);
  }

  int size() {
    return size;
  }

  void key(Object key) {
    if (key instanceof String text) put(STRING).text(text);
    else if (key instanceof Number number) NumberKey.write(number, this);
    else if (key == null) put(NIL);
    else if (key instanceof Boolean is) put(is ? TRUE : FALSE);
    else if (key instanceof Keyword keyword) put(KEYWORD).name(keyword.sym);
    else if (key instanceof Symbol symbol) put(SYMBOL).name(symbol);
    else if (key instanceof UUID id) put(UUID).int64(id.getMostSignificantBits()).int64(id.getLeastSignificantBits());
    else if (key instanceof Date || key instanceof Instant) instant(key);
    else if (key instanceof Character c) put(CHAR).put(c >> 8).put(c);
    else if (key instanceof byte[] bytes) put(BYTES).bytes(bytes);
    else if (isItems(key)) items((Iterable<?>) key);
    else if (key instanceof CharSequence text) put(STRING).text(text.toString());
    else throw refused(key);
  }

  static RuntimeException refused(Object key) {
    return OptionFailures.badArgument("key", key, EXPECTED);
  }

  /** Lists and what Clojure takes for a list; no record, although a record may be made to look like one. */
  private static boolean isItems(Object key) {
    return (key instanceof List<?> || key instanceof Sequential) && key instanceof Iterable<?> && !(key instanceof IPersistentMap);
  }

  private void items(Iterable<?> items) {
    if (++level > MOST_LEVELS) {
      throw OptionFailures.badArgument("key", items, "a vector in at most " + MOST_LEVELS + " others");
    }
    put(ITEMS);
    for (Object item : items) key(item);
    put(END);
    level--;
  }

  private void instant(Object moment) {
    // java.sql.Date and java.sql.Time have no toInstant.
    boolean isWithout = moment instanceof java.util.Date date && !hasInstant(date);
    Instant instant = isWithout ? Instant.ofEpochMilli(((Date) moment).getTime())
        : moment instanceof Date date ? date.toInstant() : (Instant) moment;
    put(INSTANT).int64(instant.getEpochSecond() ^ Long.MIN_VALUE);
    for (int shift = 24; shift >= 0; shift -= 8) put(instant.getNano() >> shift);
  }

  private static boolean hasInstant(Date date) {
    String name = date.getClass().getName();
    return !name.equals("java.sql.Date") && !name.equals("java.sql.Time");
  }

  private void name(Symbol symbol) {
    String namespace = symbol.getNamespace();
    if (namespace == null) put(NO_NAMESPACE);
    else put(NAMESPACE).text(namespace);
    text(symbol.getName());
  }

  private void text(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c > ESCAPE && c < 0x80) {
        put(c);
      } else {
        int point = text.codePointAt(i);
        if (point > Character.MAX_VALUE) i++;
        point(point);
      }
    }
    put(END);
  }

  private void point(int point) {
    if (point <= ESCAPE) put(ESCAPE).put(point + 1);
    else if (point < 0x800) put(0xC0 | point >> 6).put(0x80 | point & 0x3F);
    else if (point < 0x10000) put(0xE0 | point >> 12).put(0x80 | point >> 6 & 0x3F).put(0x80 | point & 0x3F);
    else put(0xF0 | point >> 18).put(0x80 | point >> 12 & 0x3F).put(0x80 | point >> 6 & 0x3F).put(0x80 | point & 0x3F);
  }

  private void bytes(byte[] bytes) {
    for (byte b : bytes) {
      if (b == 0 || b == ESCAPE) put(ESCAPE).put(b + 1);
      else put(b);
    }
    put(END);
  }

  KeyWriter int64(long value) {
    for (int shift = 56; shift >= 0; shift -= 8) put((int) (value >> shift));
    return this;
  }

  KeyWriter put(int b) {
    if (size == out.length) grow();
    out[size++] = (byte) b;
    return this;
  }

  /** Inverts all bytes from a position on. */
  void invert(int from) {
    for (int i = from; i < size; i++) out[i] = (byte) ~out[i];
  }

  private void grow() {
    if (size >= Keys.MOST_BYTES) {
      throw OptionFailures.badArgument("key", "one of more than " + Keys.MOST_BYTES + " bytes",
          "at most " + Keys.MOST_BYTES + " bytes long when encoded");
    }
    out = Arrays.copyOf(out, Math.min(2 * size, Keys.MOST_BYTES));
  }
}
