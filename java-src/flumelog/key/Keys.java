package flumelog.key;

import flumelog.error.OptionFailures;
import java.util.Arrays;

/**
 * Keys as bytes. Bytes are compared as unsigned numbers from the first on, and a shorter array comes before its extensions. No
 * key's bytes are the beginning of another key's.
 *
 * <pre>
 *   key     := NIL | FALSE | TRUE | negative | positive | char | string | keyword | symbol | instant | uuid | bytes | items
 *   negative, positive := tag number       see {@link NumberKey}; the bytes of a negative number are inverted
 *   char    := tag uint16
 *   string  := tag text                    text: the code points as in UTF-8, also those of lone surrogates
 *   keyword, symbol := tag (1 | 2 text) text     without or with a namespace, and the name
 *   instant := tag seconds(int64, upper bit inverted) nanos(int32)
 *   uuid    := tag int64 int64
 *   bytes   := tag text                    with the bytes as they are
 *   items   := tag key* 0
 *   text    := (byte | 1 1 | 1 2)* 0       the bytes 0 and 1 are written as 1 1 and 1 2
 * </pre>
 *
 * <p>The order: nil, false, true, numbers by value, characters, strings by code point, keywords and symbols by namespace and
 * name (those without a namespace first), instants, UUIDs by their text, byte arrays, vectors and lists by their items.
 *
 * <p>One key: numbers of one value, whatever their classes; a {@code Date} and an {@code Instant} of one moment; a vector, a
 * list and a sequence of the same items; strings and other {@code CharSequence}s of the same characters.
 */
public final class Keys {
  /** The most bytes of a key. */
  public static final int MOST_BYTES = 1 << 16;

  private Keys() {}

  /**
   * Returns the bytes of a key.
   *
   * @throws flumelog.error.LogException {@code BAD_OPTION} for NaN, a map, a set, any other class, and a key that is too long
   */
  public static byte[] encode(Object key) {
    KeyWriter out = new KeyWriter();
    out.key(key);
    return out.bytes();
  }

  /**
   * Returns a key that has the bytes. A number is a long, a {@code BigInt}, a double, a {@code BigDecimal} or a ratio, the first
   * of these that has exactly its value. An instant is a {@code Date} if it is one of whole milliseconds. Items are a vector.
   */
  public static Object decode(byte[] bytes) {
    return new KeyReader(bytes, bytes.length).key();
  }

  /**
   * Returns the bytes with which exactly the keys begin that begin with the given one: longer strings, keywords and symbols of
   * the same namespace, longer byte arrays and vectors.
   *
   * @throws flumelog.error.LogException {@code BAD_OPTION} for a key that can't be the beginning of another
   */
  public static byte[] prefix(Object key) {
    byte[] bytes = encode(key);
    int tag = bytes[0];
    if (tag < KeyWriter.STRING || tag == KeyWriter.INSTANT || tag == KeyWriter.UUID) {
      throw OptionFailures.badOption(":prefix", key, "a string, a keyword, a symbol, a byte array, a vector or a list");
    }
    return Arrays.copyOf(bytes, bytes.length - 1);
  }

  /** Returns the first bytes that come after all that begin with the given ones. */
  public static byte[] after(byte[] prefix) {
    int last = prefix.length - 1;
    while (prefix[last] == (byte) 0xFF) last--; // a key's first byte is a tag, so this ends
    byte[] after = Arrays.copyOf(prefix, last + 1);
    after[last]++;
    return after;
  }
}
