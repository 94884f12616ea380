package flumelog.codec;

/**
 * Turns values into data and back. Both methods are called by many threads at once.
 *
 * <p>Data must have at least one byte that is not zero: a record of zeros is a deleted one.
 */
public interface Codec {
  /** The data of a value: a new array, or one that nobody changes any more. */
  byte[] encode(Object value) throws Exception;

  /** The value of the data, which is the codec's own copy. */
  Object decode(byte[] data) throws Exception;

  /** What messages call it, for example {@code :edn}. */
  default String codecName() {
    return getClass().getSimpleName();
  }
}
