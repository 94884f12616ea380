package flumelog.codec;

/**
 * Turns values into data and back. Several threads may call the methods at the same time. A codec that can decode part of a
 * larger array, without an array of its own, should implement {@link SliceCodec}.
 *
 * <p>From Java, a {@code flumelog.log.TypedLog} takes and gives values of the type of its codec. A log that Clojure opens gives its
 * codec any value, so the codec should say which kinds it does not support.
 *
 * <p>Data must have at least one byte that is not zero: a record that is all zeros counts as deleted.
 *
 * @param <T> the type of the values
 */
public interface Codec<T> {
  /**
   * Encodes a value.
   *
   * @param value a value of a kind that the codec supports
   * @return its data: an array that nobody changes afterwards
   * @throws Exception if the value can't be encoded; the log then throws an {@code ENCODE} error
   */
  byte[] encode(T value) throws Exception;

  /**
   * Encodes a value unless its data is too long. A codec should stop as soon as it knows that, so that an endless value
   * does not fill the memory. The default encodes all of the value.
   *
   * @param value a value of a kind that the codec supports
   * @param maxBytes the most bytes of data that the log accepts, 1 or more
   * @return its data: an array that nobody changes afterwards; the log checks its length
   * @throws TooLong if the data has more bytes; the log then throws a {@code TOO_LARGE} error
   * @throws Exception if the value can't be encoded; the log then throws an {@code ENCODE} error
   */
  default byte[] encode(T value, int maxBytes) throws Exception {
    return encode(value);
  }

  /**
   * Decodes data.
   *
   * @param data the data of one record; the codec may keep or change this array
   * @return the value
   * @throws Exception if the data can't be decoded; the log then throws a {@code DECODE} error with the offset
   */
  T decode(byte[] data) throws Exception;

  /** {@return the codec's name in error messages, for example {@code :edn}} */
  default String codecName() {
    return getClass().getSimpleName();
  }
}
