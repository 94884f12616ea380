package flumelog.protect;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;

/** HKDF with SHA-256, of RFC 5869: keys for different purposes from one key. */
public final class Hkdf {
  private static final String HMAC = "HmacSHA256";
  private static final int HASH_BYTES = 32;

  private Hkdf() {}

  /**
   * Derives a key.
   *
   * @param salt is different for each log
   * @param key what the result is derived from
   * @param info what the result is for
   * @param length how many bytes the result has, 255 * 32 at most
   */
  public static byte[] derive(byte[] salt, byte[] key, byte[] info, int length) {
    byte[] extracted = hmac(salt.length == 0 ? new byte[HASH_BYTES] : salt, key);
    try {
      return expand(extracted, info, length);
    } finally {
      Arrays.fill(extracted, (byte) 0);
    }
  }

  private static byte[] expand(byte[] extracted, byte[] info, int length) {
    if (length > 255 * HASH_BYTES) throw new IllegalArgumentException("HKDF can't derive " + length + " bytes");
    byte[] derived = new byte[length];
    byte[] block = {};
    for (int done = 0, n = 1; done < length; done += HASH_BYTES, n++) {
      byte[] last = block;
      block = hmac(extracted, last, info, new byte[] {(byte) n});
      Arrays.fill(last, (byte) 0);
      System.arraycopy(block, 0, derived, done, Math.min(HASH_BYTES, length - done));
    }
    Arrays.fill(block, (byte) 0);
    return derived;
  }

  /** Returns the HMAC-SHA256 of the parts, one behind the other. */
  static byte[] hmac(byte[] key, byte[]... parts) {
    HeldKey held = new HeldKey(HMAC, key.clone());
    try {
      Mac mac = Mac.getInstance(HMAC);
      mac.init(held);
      for (byte[] part : parts) mac.update(part);
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + HMAC, e);
    } finally {
      held.destroy();
    }
  }
}
