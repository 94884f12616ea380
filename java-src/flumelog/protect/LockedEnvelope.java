package flumelog.protect;

import java.nio.ByteBuffer;

/**
 * Stands in for the envelope of an encrypted and sealed log whose key is missing. It opens the log's own frames, and proves nothing: the
 * tree of hashes does that.
 */
final class LockedEnvelope implements Envelope {
  @Override
  public int overhead() {
    return RecordCipher.OVERHEAD + SealedEnvelope.BLIND_BYTES;
  }

  @Override
  public void enclose(ByteBuffer out, byte[] payload, long offset, int kind) {
    throw new IllegalStateException("nothing can be encrypted without the key");
  }

  @Override
  public ByteBuffer open(ByteBuffer data, int from, int length, long offset) {
    if (length < RecordCipher.OVERHEAD) return null;
    return data.limit(from + length - AesGcm.TAG_BYTES).position(from + RecordCipher.HEADER_BYTES);
  }
}
