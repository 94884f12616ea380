package flumelog.codec;

/**
 * A codec that can decode part of a larger array. The log then need not copy each record into an array of its own.
 *
 * @param <T> the type of the values
 */
public interface SliceCodec<T> extends Codec<T> {
  /**
   * Decodes data. The codec must not change the array: it belongs to the log, which puts other data there after the call.
   *
   * @param bytes an array that contains the data
   * @param from index of the first byte of the data, 0 or more
   * @param length how many bytes of data there are
   * @return the value; it must not refer to the array
   * @throws Exception if the data can't be decoded; the log then throws a {@code DECODE} error with the offset
   */
  T decode(byte[] bytes, int from, int length) throws Exception;

  @Override
  default T decode(byte[] data) throws Exception {
    return decode(data, 0, data.length);
  }
}
