package flumelog.protect;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/**
 * AES-256-GCM under one key, with nonces of 12 bytes and tags of 16. Any number of threads may use one at the same time.
 *
 * <p>Two texts under the same nonce would give both away: the caller never uses a nonce twice.
 */
public final class AesGcm {
  public static final int KEY_BYTES = 32;
  public static final int NONCE_BYTES = 12;
  public static final int TAG_BYTES = 16;

  private final HeldKey key;
  private final CipherPool ciphers;

  /** @param key 32 bytes, which {@link #close} overwrites */
  public AesGcm(byte[] key) {
    this(key, new CipherPool());
  }

  AesGcm(byte[] key, CipherPool ciphers) {
    this.key = new HeldKey("AES", key);
    this.ciphers = ciphers;
  }

  /**
   * Writes the ciphertext and the tag of a text into {@code out}, from {@code at} on.
   *
   * @param nonces has the nonce at {@code nonceAt}
   * @param known what the tag covers besides the text
   * @return how many bytes were written
   */
  public int encrypt(byte[] nonces, int nonceAt, byte[] known, byte[] text, byte[] out, int at) {
    return ciphers.lend(lent -> encrypt(lent, nonces, nonceAt, known, text, out, at));
  }

  /** Returns the text of a ciphertext and tag that stand in {@code bytes}; null if the tag is not right. */
  public byte[] decrypt(byte[] nonces, int nonceAt, byte[] known, byte[] bytes, int from, int length) {
    return ciphers.lend(lent -> decrypt(lent, nonces, nonceAt, known, bytes, from, length));
  }

  /** As the public method. */
  int encrypt(CipherPool.Lent lent, byte[] nonces, int nonceAt, byte[] known, byte[] text, byte[] out, int at) throws GeneralSecurityException {
    begin(lent.cipher, Cipher.ENCRYPT_MODE, nonces, nonceAt, known);
    return lent.cipher.doFinal(text, 0, text.length, out, at);
  }

  /** As the public method; throws if the tag is not right. */
  byte[] decrypt(CipherPool.Lent lent, byte[] nonces, int nonceAt, byte[] known, byte[] bytes, int from, int length) throws GeneralSecurityException {
    begin(lent.cipher, Cipher.DECRYPT_MODE, nonces, nonceAt, known);
    return lent.cipher.doFinal(bytes, from, length);
  }

  private void begin(Cipher cipher, int mode, byte[] nonces, int nonceAt, byte[] known) throws GeneralSecurityException {
    cipher.init(mode, key, new GCMParameterSpec(Byte.SIZE * TAG_BYTES, nonces, nonceAt, NONCE_BYTES));
    cipher.updateAAD(known);
  }

  /** Returns how many Ciphers are kept for the next calls. */
  int idleCiphers() {
    return ciphers.size();
  }

  /** Overwrites the key. The Ciphers keep copies of it until they are collected. */
  void close() {
    key.destroy();
    ciphers.clear();
  }

  /** {@return nothing of the key} */
  @Override
  public String toString() {
    return "AES-256-GCM";
  }
}
