package flumelog.frame;

import java.nio.ByteBuffer;

/** Makes the data of frames whose records are protected: the payload, and what proves it. */
public interface Sealing {
  /** Returns how many bytes longer the data of a frame is than its payload. It is the same for all frames of a log. */
  int overhead();

  /** Is called before a write, with the number of frames that it seals. */
  default void begin(int frames) {}

  /**
   * Puts the data of one frame: {@link #overhead} more bytes than the payload has.
   *
   * @param payload what the caller appends
   * @param offset where the frame starts
   * @param kind the first byte of the data, from 0xF8 to 0xFF
   */
  void seal(ByteBuffer out, byte[] payload, long offset, int kind);
}
