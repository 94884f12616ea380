package flumelog.protect;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;

/**
 * Encrypts and decrypts the data of a frame, with AES-256-GCM:
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
  /** How much longer an encrypted record is than its payload. */
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

  /** Returns the number of the key with which the record in {@code bytes} was encrypted. */
  public static int numberIn(byte[] bytes, int from) {
    return Byte.toUnsignedInt(bytes[from + 1]);
  }

  /**
   * Encrypts a record into {@code out}, from {@code at} on.
   *
   * @param nonces has the nonce at {@code nonceAt}
   * @return how many bytes it has
   */
  public int encrypt(int kind, long offset, byte[] nonces, int nonceAt, byte[] payload, byte[] out, int at) {
    putHeader(kind, nonces, nonceAt, out, at);
    byte[] place = place(out, at, offset, 0);
    return HEADER_BYTES + aes.encrypt(nonces, nonceAt, place, payload, out, at + HEADER_BYTES);
  }

  /** As {@link #encrypt(int, long, byte[], int, byte[], byte[], int)} to the beginning of the array, with a Cipher that was lent. */
  int encrypt(CipherPool.Lent lent, int kind, long offset, byte[] nonce, byte[] payload, byte[] out) throws GeneralSecurityException {
    putHeader(kind, nonce, 0, out, 0);
    return HEADER_BYTES + aes.encrypt(lent, nonce, 0, place(out, 0, offset, 0), payload, out, HEADER_BYTES);
  }

  /** Authenticates the body of an internal record: puts the header before it and the tag behind it, and leaves it readable. */
  public int authenticate(int kind, long offset, byte[] nonces, int nonceAt, byte[] body, byte[] out, int at) {
    putHeader(kind, nonces, nonceAt, out, at);
    System.arraycopy(body, 0, out, at + HEADER_BYTES, body.length);
    byte[] known = place(out, at, offset, body.length);
    return HEADER_BYTES + body.length + aes.encrypt(nonces, nonceAt, known, NO_TEXT, out, at + HEADER_BYTES + body.length);
  }

  /** Returns the payload of the record in {@code bytes}; null if it was not encrypted with this key for this offset. */
  public byte[] decrypt(byte[] bytes, int from, int length, long offset) {
    if (length < OVERHEAD) return null;
    byte[] place = place(bytes, from, offset, 0);
    return aes.decrypt(bytes, from + 2, place, bytes, from + HEADER_BYTES, length - HEADER_BYTES);
  }

  /** As {@link #decrypt(byte[], int, int, long)}, for a record that begins the array, with a Cipher that was lent. */
  byte[] decrypt(CipherPool.Lent lent, byte[] stored, int length, long offset) throws GeneralSecurityException {
    return aes.decrypt(lent, stored, 2, place(stored, 0, offset, 0), stored, HEADER_BYTES, length - HEADER_BYTES);
  }

  /** Returns the body of an internal record that begins the array. */
  byte[] body(CipherPool.Lent lent, byte[] stored, int length, long offset) throws GeneralSecurityException {
    byte[] known = place(stored, 0, offset, length - OVERHEAD);
    aes.decrypt(lent, stored, 2, known, stored, length - AesGcm.TAG_BYTES, AesGcm.TAG_BYTES);
    return Arrays.copyOfRange(stored, HEADER_BYTES, length - AesGcm.TAG_BYTES);
  }

  /** Whether the internal record in {@code bytes} was authenticated with this key for this offset. */
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
  private static byte[] place(byte[] stored, int from, long offset, int bodyBytes) {
    return ByteBuffer.allocate(PLACE_BYTES + bodyBytes).put(stored[from]).put(stored[from + 1]).putLong(offset)
        .put(stored, from + HEADER_BYTES, bodyBytes).array();
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
