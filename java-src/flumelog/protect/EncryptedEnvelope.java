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

  // cpu: a record is encrypted, and decrypted, in an array that is used again.
  @Override
  public void enclose(ByteBuffer out, byte[] payload, long offset, int kind) {
    try {
      RecordCipher cipher = keys.cipher(number, offset);
      if (Kind.isRecord(kind)) keys.pool().lend(lent -> encrypt(cipher, lent, out, payload, offset, kind));
      else authenticate(cipher, out, payload, offset, kind);
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
  }

  private ByteBuffer encrypt(RecordCipher cipher, CipherPool.Lent lent, ByteBuffer out, byte[] payload, long offset, int kind) throws GeneralSecurityException {
    byte[] encrypted = lent.array(payload.length + RecordCipher.OVERHEAD);
    return out.put(encrypted, 0, cipher.encrypt(lent, kind, offset, nextNonce(), payload, encrypted));
  }

  private void authenticate(RecordCipher cipher, ByteBuffer out, byte[] payload, long offset, int kind) {
    byte[] data = new byte[payload.length + RecordCipher.OVERHEAD];
    cipher.authenticate(kind, offset, nextNonce(), 0, payload, data, 0);
    out.put(data);
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

  /** Where the data of a frame is copied from. */
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
    byte[] stored = lent.array(length);
    data.get(stored, length);
    RecordCipher cipher = keys.cipher(RecordCipher.numberIn(stored, 0), offset);
    return Kind.isRecord(stored[0] & 0xFF) ? cipher.decrypt(lent, stored, length, offset) : cipher.body(lent, stored, length, offset);
  }

  /** {@return nothing of the keys} */
  @Override
  public String toString() {
    return "EncryptedEnvelope[key number " + number + "]";
  }
}
