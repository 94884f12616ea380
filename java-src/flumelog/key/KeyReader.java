package flumelog.key;

import clojure.lang.Keyword;
import clojure.lang.PersistentVector;
import clojure.lang.Symbol;
import clojure.lang.Util;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.UUID;

/** Reads keys from bytes, in the format of {@link Keys}. */
final class KeyReader {
  private static final int NANOS_OF_MILLI = 1_000_000;

  private final ByteBuffer in;

  KeyReader(byte[] bytes, int length) {
    this.in = ByteBuffer.wrap(bytes, 0, length);
  }

  Object key() {
    return key(in.get());
  }

  private Object key(int tag) {
    return switch (tag) {
      case KeyWriter.NIL -> null;
      case KeyWriter.FALSE -> false;
      case KeyWriter.TRUE -> true;
      case KeyWriter.NEGATIVE -> NumberKey.read(this, 0xFF);
      case KeyWriter.POSITIVE -> NumberKey.read(this, 0);
      case KeyWriter.CHAR -> in.getChar();
      case KeyWriter.STRING -> text();
      case KeyWriter.KEYWORD -> Keyword.intern(symbol());
      case KeyWriter.SYMBOL -> symbol();
      case KeyWriter.INSTANT -> instant();
      case KeyWriter.UUID -> new UUID(in.getLong(), in.getLong());
      case KeyWriter.BYTES -> bytes();
      case KeyWriter.ITEMS -> items();
      default -> throw Util.sneakyThrow(new java.io.IOException("no key begins with the byte " + tag));
    };
  }

  private Object instant() {
    Instant instant = Instant.ofEpochSecond(in.getLong() ^ Long.MIN_VALUE, in.getInt());
    if (instant.getNano() % NANOS_OF_MILLI != 0) return instant;
    try {
      return Date.from(instant);
    } catch (IllegalArgumentException e) {
      return instant; // beyond the years of a Date
    }
  }

  private Symbol symbol() {
    return Symbol.intern(in.get() == KeyWriter.NAMESPACE ? text() : null, text());
  }

  private List<?> items() {
    List<Object> items = new ArrayList<>();
    for (int tag = in.get(); tag != KeyWriter.END; tag = in.get()) items.add(key(tag));
    return PersistentVector.create(items);
  }

  private byte[] bytes() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int b = in.get(); b != KeyWriter.END; b = in.get()) out.write(b == KeyWriter.ESCAPE ? in.get() - 1 : b);
    return out.toByteArray();
  }

  private String text() {
    StringBuilder out = new StringBuilder();
    for (int b = in.get() & 0xFF; b != KeyWriter.END; b = in.get() & 0xFF) {
      if (b == KeyWriter.ESCAPE) out.append((char) (in.get() - 1));
      else if (b < 0x80) out.append((char) b);
      else if (b < 0xE0) out.append((char) ((b & 0x1F) << 6 | more()));
      else if (b < 0xF0) out.append((char) ((b & 0x0F) << 12 | more() << 6 | more()));
      else out.appendCodePoint((b & 0x07) << 18 | more() << 12 | more() << 6 | more());
    }
    return out.toString();
  }

  private int more() {
    return in.get() & 0x3F;
  }

  int next(int inverted) {
    return (in.get() & 0xFF) ^ inverted;
  }

  long int64(int inverted) {
    long value = in.getLong();
    return inverted == 0 ? value : ~value;
  }
}
