package flumelog.protect;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * Seals and opens what stands in a frame, with AES-256-GCM:
 *
 * <pre>
 *   record   := kind key nonce ciphertext tag
 *   internal := kind key nonce body tag          body can be read without the key, and not be changed
 *   kind     := 1 byte
 *   key      := 1 byte                           the number of the key
 *   nonce    := 12 random bytes
 *   tag      := 16 bytes, over the ciphertext and: kind key offset [body]
 *   offset   := uint64 BE                        where the frame starts
 * </pre>
 *
 * <p>Any number of threads may use one at the same time.
 */
public final class RecordCipher {
  /** Where the ciphertext or the body begins. */
  static final int HEADER_BYTES = 2 + AesGcm.NONCE_BYTES;
  /** How much longer a sealed record is than its payload. */
  public static final int OVERHEAD = HEADER_BYTES + AesGcm.TAG_BYTES;

  private static final int PLACE_BYTES = 2 + Long.BYTES;
  private static final byte[] NO_TEXT = {};

  private final AesGcm aes;
  private final int number;

  /**
   * @param key 32 bytes, which {@link #close} overwrites
   * @param number the number of the key, 0 to 255
   */
  RecordCipher(byte[] key, int number, CipherPool ciphers) {
    this.aes = new AesGcm(key, ciphers);
    this.number = number;
  }

  /** Returns the number of the key under which a sealed record stands in {@code bytes}. */
  public static int numberIn(byte[] bytes, int from) {
    return Byte.toUnsignedInt(bytes[from + 1]);
  }

  /**
   * Seals a record into {@code out}, from {@code at} on.
   *
   * @param nonces has the nonce at {@code nonceAt}
   * @return how many bytes it has
   */
  public int seal(int kind, long offset, byte[] nonces, int nonceAt, byte[] payload, byte[] out, int at) {
    putHeader(kind, nonces, nonceAt, out, at);
    byte[] place = place(out, at, offset, 0);
    return HEADER_BYTES + aes.encrypt(nonces, nonceAt, place, payload, out, at + HEADER_BYTES);
  }

  /** As {@link #seal(int, long, byte[], int, byte[], byte[], int)} to the beginning of the array, with a Cipher that was lent. */
  int seal(CipherPool.Lent lent, int kind, long offset, byte[] nonce, byte[] payload, byte[] out) throws GeneralSecurityException {
    putHeader(kind, nonce, 0, out, 0);
    return HEADER_BYTES + aes.encrypt(lent, nonce, 0, place(out, 0, offset, 0), payload, out, HEADER_BYTES);
  }

  /** Seals the body of an internal record as {@link #seal} does a payload, but leaves it readable. */
  public int sealInternal(int kind, long offset, byte[] nonces, int nonceAt, byte[] body, byte[] out, int at) {
    putHeader(kind, nonces, nonceAt, out, at);
    System.arraycopy(body, 0, out, at + HEADER_BYTES, body.length);
    byte[] known = place(out, at, offset, body.length);
    return HEADER_BYTES + body.length + aes.encrypt(nonces, nonceAt, known, NO_TEXT, out, at + HEADER_BYTES + body.length);
  }

  /** Returns the payload of a record that stands in {@code bytes}; null if this key did not seal it for this offset. */
  public byte[] open(byte[] bytes, int from, int length, long offset) {
    if (length < OVERHEAD) return null;
    byte[] place = place(bytes, from, offset, 0);
    return aes.decrypt(bytes, from + 2, place, bytes, from + HEADER_BYTES, length - HEADER_BYTES);
  }

  /** As {@link #open(byte[], int, int, long)} of what begins the array, with a Cipher that was lent. */
  byte[] open(CipherPool.Lent lent, byte[] sealed, int length, long offset) throws GeneralSecurityException {
    return aes.decrypt(lent, sealed, 2, place(sealed, 0, offset, 0), sealed, HEADER_BYTES, length - HEADER_BYTES);
  }

  /** Returns the body of an internal record that begins the array. */
  byte[] body(CipherPool.Lent lent, byte[] sealed, int length, long offset) throws GeneralSecurityException {
    byte[] known = place(sealed, 0, offset, length - OVERHEAD);
    aes.decrypt(lent, sealed, 2, known, sealed, length - AesGcm.TAG_BYTES, AesGcm.TAG_BYTES);
    return Arrays.copyOfRange(sealed, HEADER_BYTES, length - AesGcm.TAG_BYTES);
  }

  /** Whether this key sealed the internal record that stands in {@code bytes} for this offset. */
  public boolean proves(byte[] bytes, int from, int length, long offset) {
    if (length < OVERHEAD) return false;
    byte[] known = place(bytes, from, offset, length - OVERHEAD);
    return aes.decrypt(bytes, from + 2, known, bytes, from + length - AesGcm.TAG_BYTES, AesGcm.TAG_BYTES) != null;
  }

  private void putHeader(int kind, byte[] nonces, int nonceAt, byte[] out, int at) {
    out[at] = (byte) kind;
    out[at + 1] = (byte) number;
    System.arraycopy(nonces, nonceAt, out, at + 2, AesGcm.NONCE_BYTES);
  }

  /** Returns what the tag covers besides the ciphertext: the kind, the number of the key, the offset, and a readable body. */
  private static byte[] place(byte[] sealed, int from, long offset, int bodyBytes) {
    return ByteBuffer.allocate(PLACE_BYTES + bodyBytes).put(sealed[from]).put(sealed[from + 1]).putLong(offset)
        .put(sealed, from + HEADER_BYTES, bodyBytes).array();
  }

  /** Returns how many Ciphers are kept for the next calls. */
  public int idleCiphers() {
    return aes.idleCiphers();
  }

  /** Overwrites the key. */
  void close() {
    aes.close();
  }

  /** {@return nothing of the key} */
  @Override
  public String toString() {
    return "RecordCipher[key number " + number + "]";
  }
}
