package flumelog.codec;

/** A codec that can read data where it lies, so that no array is made of each record that is only decoded. */
public interface SliceCodec extends Codec {
  /**
   * From data to its value. The array is not the codec's own, and holds other data after the call.
   *
   * @param bytes an array that holds the data
   * @param from index of the first byte of the data, 0 or more
   * @param length bytes of data, of which the array has as many
   * @return the value, which has nothing of the array in it
   * @throws Exception when it can't be decoded, which becomes {@code DECODE} with the offset
   */
  Object decode(byte[] bytes, int from, int length) throws Exception;

  @Override
  default Object decode(byte[] data) throws Exception {
    return decode(data, 0, data.length);
  }
}
