package flumelog.codec;

import org.jspecify.annotations.Nullable;

/** Reads the fields at some paths from data, see {@link FieldCodec}. Several threads may call its methods at the same time. */
public interface FieldReader {
  /**
   * Reads the fields from data. It must not change the array.
   *
   * @param bytes an array that contains the data of one record
   * @param from index of the first byte of the data, 0 or more
   * @param length how many bytes of data there are
   * @return a new array with the value at each path, in the order of the paths; null where there is none. The values must not
   *     refer to the array of bytes
   * @throws Exception if the data can't be decoded: always when the codec's {@code decode} would throw
   */
  @Nullable Object[] read(byte[] bytes, int from, int length) throws Exception;

  /**
   * Reads the fields from data.
   *
   * @param data the data of one record
   * @return a new array with the value at each path, in the order of the paths; null where there is none
   * @throws Exception if the data can't be decoded: always when the codec's {@code decode} would throw
   */
  default @Nullable Object[] read(byte[] data) throws Exception {
    return read(data, 0, data.length);
  }
}
