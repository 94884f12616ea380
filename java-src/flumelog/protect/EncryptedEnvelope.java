package flumelog.protect;

import flumelog.block.Bytes;
import flumelog.error.UseFailures;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
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

  // cpu: a record is sealed, and opened, in an array that is used again.
  @Override
  public void seal(ByteBuffer out, byte[] payload, long offset, int kind) {
    try {
      RecordCipher cipher = keys.cipher(number, offset);
      if (Kind.isRecord(kind)) keys.pool().lend(lent -> seal(cipher, lent, out, payload, offset, kind));
      else sealInternal(cipher, out, payload, offset, kind);
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
  }

  private ByteBuffer seal(RecordCipher cipher, CipherPool.Lent lent, ByteBuffer out, byte[] payload, long offset, int kind) throws GeneralSecurityException {
    byte[] sealed = lent.array(payload.length + RecordCipher.OVERHEAD);
    return out.put(sealed, 0, cipher.seal(lent, kind, offset, nextNonce(), payload, sealed));
  }

  private void sealInternal(RecordCipher cipher, ByteBuffer out, byte[] payload, long offset, int kind) {
    byte[] sealed = new byte[payload.length + RecordCipher.OVERHEAD];
    cipher.sealInternal(kind, offset, nextNonce(), 0, payload, sealed, 0);
    out.put(sealed);
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
    byte[] payload = payload((out, n) -> data.limit(from + n).position(from).get(out, 0, n), length, offset);
    return payload == null ? null : ByteBuffer.wrap(payload);
  }

  @Override
  public byte[] payload(Bytes bytes, long from, int length, long offset) {
    return payload((out, n) -> bytes.read(from, out, n), length, offset);
  }

  /** Copies so many bytes into an array. */
  private interface Source {
    void get(byte[] out, int length);
  }

  private byte[] payload(Source data, int length, long offset) {
    if (length < RecordCipher.OVERHEAD) return null;
    try {
      return keys.pool().lend(lent -> payload(data, lent, length, offset));
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
  }

  private byte[] payload(Source data, CipherPool.Lent lent, int length, long offset) throws GeneralSecurityException {
    byte[] sealed = lent.array(length);
    data.get(sealed, length);
    RecordCipher cipher = keys.cipher(RecordCipher.numberIn(sealed, 0), offset);
    return Kind.isRecord(sealed[0] & 0xFF) ? cipher.open(lent, sealed, length, offset) : cipher.body(lent, sealed, length, offset);
  }

  /** {@return nothing of the keys} */
  @Override
  public String toString() {
    return "EncryptedEnvelope[key number " + number + "]";
  }
}
