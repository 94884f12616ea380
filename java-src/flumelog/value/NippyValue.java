package flumelog.value;

import clojure.lang.APersistentVector;
import clojure.lang.ASeq;
import clojure.lang.BigInt;
import clojure.lang.IMeta;
import clojure.lang.IRecord;
import clojure.lang.Keyword;
import clojure.lang.LazySeq;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentList;
import clojure.lang.Ratio;
import clojure.lang.Sequential;
import flumelog.codec.TooLong;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.Period;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Inspects a value before nippy encodes it. First, it finds whether nippy is known to decode every class in the value to an
 * equal value, so that the caller need not try. Second, it finds whether the value is too long: nippy has no limit, and an
 * endless value would fill the memory.
 */
public final class NippyValue {
  /** The key of nippy's placeholder for a value that it can't make. A value with this key might be mistaken for a placeholder. */
  private static final Keyword PLACEHOLDER = Keyword.intern("nippy", "unthawable");

  private final long maxBytes;
  /** A lower bound of the bytes that nippy needs for the parts inspected so far. */
  private long bytes;
  private boolean known = true;
  private int depth;

  private NippyValue(long maxBytes) {
    this.maxBytes = maxBytes;
  }

  /**
   * Inspects all of a value.
   *
   * @param maxBytes the most bytes that nippy's data of the value may have
   * @return whether nippy is known to decode its data to an equal value
   * @throws TooLong if the data has more bytes than that
   */
  public static boolean isKnown(Object value, int maxBytes) throws Exception {
    NippyValue look = new NippyValue(maxBytes);
    look.at(value);
    return look.known;
  }

  private void at(Object value) throws Exception {
    if (value == null || value instanceof Boolean) add(1);
    else if (value instanceof String text) text(text);
    else if (value instanceof Keyword keyword) name(keyword);
    else if (value instanceof Number number) number(number);
    else if (value instanceof byte[] array) add(array.length);
    else if (value instanceof Character || value instanceof UUID || value instanceof Instant || value instanceof Duration
        || value instanceof Period || value.getClass() == Date.class) add(3);
    else nested(value);
  }

  private void nested(Object value) throws Exception {
    add(1);
    if (++depth > EdnWriter.DEEP) known = false;
    if (value instanceof IMeta with && with.meta() != null) known = false;
    if (value instanceof IRecord) known = false;
    else if (value instanceof Map<?, ?> map) map(map);
    else if (value instanceof Set<?> || value instanceof Sequential || value instanceof List<?>) items(value);
    else if (value.getClass() == Object[].class) items(value);
    else known = false;
    depth--;
  }

  private void map(Map<?, ?> map) throws Exception {
    known &= map instanceof PersistentArrayMap || map instanceof PersistentHashMap || map instanceof OrderedMap;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      at(entry.getKey());
      at(entry.getValue());
    }
  }

  private void items(Object items) throws Exception {
    known &= items instanceof APersistentVector || items instanceof PersistentHashSet || items instanceof LazySeq
        || items instanceof ASeq || items instanceof PersistentList || items == PersistentList.EMPTY 
        || items instanceof Object[];
    Items.each(items, (first, item) -> at(item));
  }

  private void number(Number number) throws TooLong {
    if (number instanceof Long) add(bytesOf(number.longValue()));
    else if (number instanceof Double || number instanceof Float || number instanceof Integer || number instanceof Short
        || number instanceof Byte || number instanceof BigDecimal || number instanceof BigInt || number instanceof BigInteger
        || number instanceof Ratio) add(1);
    else known = false;
  }

  private static int bytesOf(long n) {
    return n == (byte) n ? 1 : n == (short) n ? 3 : n == (int) n ? 5 : 9;
  }

  private void name(Keyword keyword) throws TooLong {
    String namespace = keyword.getNamespace();
    known &= keyword != PLACEHOLDER && EdnWriter.isPlain(keyword.getName()) && (namespace == null || EdnWriter.isPlain(namespace));
    add(2);
  }

  /** Notes a text. Half of a surrogate pair has no form in UTF-8: nippy would write a question mark in its place. */
  private void text(String text) throws TooLong {
    add(text.length());
    known &= !Surrogates.hasHalf(text);
  }

  private void add(int more) throws TooLong {
    bytes += more;
    if (bytes > maxBytes) throw new TooLong(maxBytes);
  }
}
