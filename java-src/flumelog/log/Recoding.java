package flumelog.log;

import flumelog.codec.Codec;
import flumelog.codec.Looks;
import flumelog.error.CodecFailure;
import flumelog.error.RecordFailures;

/** Turns the data of one log into that of another, whose codec may be another one. */
final class Recoding {
  private final String path;
  private final String newPath;
  private final Codec<?> from;
  private final Codec<Object> to;

  /**
   * @param path of the log
   * @param from its codec
   * @param newPath of the new log
   * @param to the codec of that
   */
  @SuppressWarnings("unchecked") // a codec says itself which values it does not support
  Recoding(String path, Codec<?> from, String newPath, Codec<?> to) {
    this.path = path;
    this.newPath = newPath;
    this.from = from;
    this.to = (Codec<Object>) to;
  }

  /** The data of the record at the offset as the new log has it: as it is, if both have the same codec. */
  byte[] dataOf(long offset, byte[] data) {
    return from == to ? data : encode(decode(offset, data));
  }

  private Object decode(long offset, byte[] data) {
    try {
      return from.decode(data);
    } catch (Throwable e) { // Throwable: a user's codec may throw anything
      CodecFailure.throwUnlessOfRecord(path, e);
      throw RecordFailures.decode(path, offset, from.codecName(), Looks.like(data), e);
    }
  }

  private byte[] encode(Object value) {
    byte[] data;
    try {
      data = to.encode(value);
    } catch (Throwable e) {
      CodecFailure.throwUnlessOfRecord(newPath, e);
      throw RecordFailures.encode(newPath, e);
    }
    if (data == null) throw RecordFailures.encode(newPath, "the codec made null of it, not an array of bytes");
    return data;
  }
}
