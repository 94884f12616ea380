package flumelog.frame;

import java.nio.ByteBuffer;

/** Puts the payloads of a protected log into the data of frames, together with what proves them. */
public interface EnvelopeWriter {
  /** Returns how many bytes longer the data of a record is than its payload. */
  int overhead();

  /** Returns how many bytes longer the data of a frame of the kind is than its payload. */
  default int overhead(int kind) {
    return overhead();
  }

  /** Is called before a write, with the number of its frames. */
  default void begin(int frames) {}

  /** Is called for a frame whose data is written as it is. */
  default void asItIs(byte[] data, long offset) {}

  /**
   * Writes the data of one frame: {@link #overhead} more bytes than the payload has.
   *
   * @param payload what the caller appends
   * @param offset where the frame starts
   * @param kind the first byte of the data, from 0xF8 to 0xFF
   */
  void enclose(ByteBuffer out, byte[] payload, long offset, int kind);
}
