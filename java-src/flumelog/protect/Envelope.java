package flumelog.protect;

import flumelog.block.Bytes;
import flumelog.frame.EnvelopeWriter;
import java.nio.ByteBuffer;

/**
 * What lies around each payload in the data of a frame, and proves it. An envelope is bound to its log and to its offset: the
 * same bytes elsewhere are not proved. Any number of threads may use one at the same time.
 *
 * <p>The kind is the first byte of the data in every envelope. It can be read without a proof, but is proved only together with
 * the payload.
 */
public interface Envelope extends EnvelopeWriter {
  /**
   * Proves the data of a frame, and finds its payload.
   *
   * @param data has the data of the frame; its position and its limit may be changed
   * @param from index of the first byte of the data
   * @param length bytes of data
   * @param offset where the frame starts
   * @return the payload between position and limit, in this buffer or another; null if the data is not proved
   */
  ByteBuffer open(ByteBuffer data, int from, int length, long offset);

  /**
   * Proves the data of a frame, and copies its payload into a new array.
   *
   * @param from position of the first byte of the data
   * @return null if the data is not proved
   */
  default byte[] payload(Bytes bytes, long from, int length, long offset) {
    ByteBuffer opened = open(ByteBuffer.wrap(bytes.read(from, length)), 0, length, offset);
    if (opened == null) return null;
    byte[] payload = new byte[opened.remaining()];
    opened.get(payload);
    return payload;
  }
}
