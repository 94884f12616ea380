package flumelog.protect;

import flumelog.block.Bytes;
import flumelog.error.UseFailures;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Encrypts each payload, as {@link RecordCipher} has the format. The payloads of the log's own frames are only authenticated, so that
 * they can be read without the key.
 */
public final class EncryptedEnvelope implements Envelope {
  private final LogKeys keys;
  private final Nonces nonces = new Nonces();
  /** The number of the key for new records. */
  private volatile int number;
  /** The nonces of the frames of the write under way, and where the next one is. */
  private byte[] stock = {};
  private int used;

  /** @param number of the key for new records */
  EncryptedEnvelope(LogKeys keys, int number) {
    this.keys = keys;
    this.number = number;
  }

  LogKeys keys() {
    return keys;
  }

  int number() {
    return number;
  }

  void useNumber(int next) {
    number = next;
  }

  @Override
  public int overhead() {
    return RecordCipher.OVERHEAD;
  }

  /** No nonce is kept from one write to the next: the process may have been copied meanwhile, with all that it had in memory. */
  @Override
  public synchronized void begin(int frames) {
    stock = nonces.next(frames);
    used = 0;
  }

  @Override
  public void seal(ByteBuffer out, byte[] payload, long offset, int kind) {
    byte[] sealed = new byte[payload.length + RecordCipher.OVERHEAD];
    try {
      seal(sealed, payload, offset, kind);
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
    out.put(sealed);
  }

  private void seal(byte[] sealed, byte[] payload, long offset, int kind) {
    RecordCipher cipher = keys.cipher(number, offset);
    if (Kind.isRecord(kind)) cipher.seal(kind, offset, nextNonce(), 0, payload, sealed, 0);
    else cipher.sealInternal(kind, offset, nextNonce(), 0, payload, sealed, 0);
  }

  /** A thread may still read, or wait for its turn to append, when the log is closed and its keys are overwritten. */
  private RuntimeException ofClosed(IllegalStateException e) {
    return keys.isClosed() ? UseFailures.closed(keys.path()) : e;
  }

  private synchronized byte[] nextNonce() {
    if (used == stock.length) begin(1);
    byte[] nonce = Arrays.copyOfRange(stock, used, used + AesGcm.NONCE_BYTES);
    used += AesGcm.NONCE_BYTES;
    return nonce;
  }

  @Override
  public ByteBuffer open(ByteBuffer data, int from, int length, long offset) {
    data.limit(from + length).position(from);
    byte[] bytes = new byte[length];
    data.get(bytes);
    byte[] payload = payload(bytes, offset);
    return payload == null ? null : ByteBuffer.wrap(payload);
  }

  @Override
  public byte[] payload(Bytes bytes, long from, int length, long offset) {
    return payload(bytes.read(from, length), offset);
  }

  private byte[] payload(byte[] data, long offset) {
    if (data.length < RecordCipher.OVERHEAD) return null;
    try {
      RecordCipher cipher = keys.cipher(RecordCipher.numberIn(data, 0), offset);
      if (Kind.isRecord(data[0] & 0xFF)) return cipher.open(data, 0, data.length, offset);
      int end = data.length - AesGcm.TAG_BYTES;
      return cipher.proves(data, 0, data.length, offset) ? Arrays.copyOfRange(data, RecordCipher.HEADER_BYTES, end) : null;
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
  }

  /** {@return nothing of the keys} */
  @Override
  public String toString() {
    return "EncryptedEnvelope[key number " + number + "]";
  }
}
