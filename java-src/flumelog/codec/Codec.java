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
