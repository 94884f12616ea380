package flumelog.log;

import flumelog.codec.Codec;
import flumelog.codec.Looks;
import flumelog.engine.Batch;
import flumelog.error.CodecFailure;
import flumelog.error.RecordFailures;
import flumelog.frame.Framing;
import flumelog.protect.Protected;

/** Turns the data of one log into that of another, whose codec may be another one. */
final class Recoding {
  private final String path;
  private final String newPath;
  private final Codec<?> from;
  private final Codec<Object> to;
  private final Framing framing;
  private final int maxBytes;
  private final Protected by;

  /**
   * @param path of the log
   * @param source how the log is read
   * @param newPath of the new log
   * @param target how the new log is written
   * @param by the protection of the new log; null if it has none
   */
  @SuppressWarnings("unchecked") // a codec says itself which values it does not support
  Recoding(String path, LogOptions source, String newPath, LogOptions target, Protected by) {
    this.by = by;
    this.path = path;
    this.newPath = newPath;
    this.from = source.codec();
    this.to = (Codec<Object>) target.codec();
    this.framing = target.framingOfNewFile();
    this.maxBytes = target.maxRecordBytes();
  }

  /** The data of the record at the offset as the new log has it: as it is, if both have the same codec. */
  byte[] dataOf(long offset, byte[] data) {
    byte[] recoded = from == to ? data : encode(decode(offset, data));
    Batch.of(recoded, framing, by, maxBytes, newPath);
    return recoded;
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
