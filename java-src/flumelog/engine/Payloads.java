package flumelog.engine;

import flumelog.block.Bytes;
import flumelog.error.FormatFailures;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.Supplier;

/** Takes the payloads of records out of their envelopes, and says what is wrong with a record that is not proved. */
public record Payloads(LogFiles files, Protected by) {
  /**
   * The payload of a record.
   *
   * @param offset where its frame starts
   * @param read reads the data of the frame. It is called again if the data is not proved: the record may just have been deleted
   * @return {@link Lookup#DELETED} for a deleted record; null if there is no data, or it is a frame of the log's own
   */
  public byte[] payload(long offset, Supplier<byte[]> read) {
    byte[] data = read.get();
    byte[] payload = opened(offset, data);
    if (payload != data || data == null) return payload;
    byte[] again = read.get();
    payload = opened(offset, again);
    if (payload != again || again == null) return payload;
    if (files.isNoted(offset)) return Lookup.DELETED;
    throw FormatFailures.unproved(files.path(), offset, ":checksum", "its checksum is wrong");
  }

  /** The data itself if it is not proved. */
  private byte[] opened(long offset, byte[] data) {
    if (data == null) return null;
    int kind = data.length == 0 ? Kind.UNPROVED : data[0] & 0xFF;
    if (kind == 0 && Bytes.areZero(data)) return Lookup.DELETED;
    ByteBuffer payload = kind < Kind.RECORD ? null : by.envelopeOf(kind).open(ByteBuffer.wrap(data), 0, data.length, offset);
    if (payload == null) return data;
    if (!Kind.isRecord(kind)) return null;
    if (!payload.hasArray()) throw new IllegalStateException("an envelope opened an array into " + payload);
    int from = payload.arrayOffset() + payload.position();
    return Arrays.copyOfRange(payload.array(), from, from + payload.remaining());
  }
}
