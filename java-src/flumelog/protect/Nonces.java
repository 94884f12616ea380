package flumelog.protect;

import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;

/**
 * Random nonces for the records of a batch, 12 bytes for each, one behind the other. For a few they come straight from the random
 * source. For many, AES in counter mode stretches 32 bytes of it, which takes a fifth of the time. For one thread at a time.
 */
public final class Nonces {
  /** For fewer bytes the random source is quicker than a new key of AES. */
  private static final int MOST_STRAIGHT_BYTES = 16 * AesGcm.NONCE_BYTES;
  private static final int SEED_BYTES = 32;
  private static final IvParameterSpec START = new IvParameterSpec(new byte[16]);

  private final SecureRandom random;
  private Cipher stretching;

  public Nonces() {
    this(new SecureRandom());
  }

  /** @param random the source; a test gives one that it knows */
  public Nonces(SecureRandom random) {
    this.random = random;
  }

  /** Returns the nonces of that many records. */
  public byte[] next(int records) {
    return bytes(Math.multiplyExact(records, AesGcm.NONCE_BYTES));
  }

  /** Returns that many random bytes. */
  public byte[] bytes(int count) {
    byte[] straight = new byte[count <= MOST_STRAIGHT_BYTES ? count : SEED_BYTES];
    random.nextBytes(straight);
    return straight.length == count ? straight : stretch(straight, count);
  }

  private byte[] stretch(byte[] seed, int count) {
    HeldKey key = new HeldKey("AES", seed);
    try {
      if (stretching == null) stretching = Cipher.getInstance("AES/CTR/NoPadding");
      stretching.init(Cipher.ENCRYPT_MODE, key, START);
      return stretching.doFinal(new byte[count]);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES in counter mode", e);
    } finally {
      key.destroy();
      Arrays.fill(seed, (byte) 0);
    }
  }
}
