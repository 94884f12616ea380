package flumelog.codec;

/**
 * Turns values into data and back. Both methods are called by many threads at once. One that has no need of an array for
 * itself to decode is a {@link SliceCodec}.
 *
 * <p>Data must have at least one byte that is not zero: a record of zeros is a deleted one.
 */
public interface Codec {
  /**
   * From a value to its data.
   *
   * @param value whatever the codec takes
   * @return its data: a new array, or one that nobody changes any more
   * @throws Exception when it can't be encoded, which becomes {@code ENCODE}
   */
  byte[] encode(Object value) throws Exception;

  /**
   * From a value to its data, where longer data is of no use. A codec that can tell early ends early, so that a value
   * without end does not fill the memory; the others make all of the data.
   *
   * @param value whatever the codec takes
   * @param maxBytes most bytes of data that the log takes, 1 or more
   * @return its data: a new array, or one that nobody changes any more; the log looks at its length
   * @throws TooLong when the data has more bytes, which becomes {@code TOO_LARGE}
   * @throws Exception when it can't be encoded, which becomes {@code ENCODE}
   */
  default byte[] encode(Object value, int maxBytes) throws Exception {
    return encode(value);
  }

  /**
   * From data to its value.
   *
   * @param data the codec's own copy
   * @return the value
   * @throws Exception when it can't be decoded, which becomes {@code DECODE} with the offset
   */
  Object decode(byte[] data) throws Exception;

  /** {@return what messages call it, for example {@code :edn}} */
  default String codecName() {
    return getClass().getSimpleName();
  }
}
