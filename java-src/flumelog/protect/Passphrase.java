package flumelog.protect;

import flumelog.error.KeyFailures;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Arrays;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import javax.security.auth.Destroyable;

/**
 * Makes the key of a log of a passphrase, which takes a tenth of a second or more. A new log keeps the function, its cost and the
 * salt in its head. An existing log says by its head how its key was made.
 *
 * <p>The passphrase is used in Unicode's form NFC, so that it does not matter how a keyboard composes its letters.
 */
public final class Passphrase implements KeySource, Destroyable {
  private static final String PBKDF2 = "PBKDF2WithHmacSHA512";

  private final Kdf.Function function;
  private final char[] text;
  private volatile boolean isDestroyed;

  /** @param function what makes the key of a new log */
  public Passphrase(CharSequence text, Kdf.Function function) {
    this.function = function;
    this.text = Normalizer.normalize(text, Normalizer.Form.NFC).toCharArray();
    if (this.text.length == 0) throw KeyFailures.emptyPassphrase();
    if (function != Kdf.Function.PBKDF2) MemoryHardKdf.checkIsThere(function);
  }

  @Override
  public Kdf newKdf() {
    byte[] salt = new byte[Kdf.SALT_BYTES];
    new SecureRandom().nextBytes(salt);
    return function.withSalt(salt);
  }

  @Override
  public byte[] key(Request request) {
    if (isDestroyed) throw KeyFailures.destroyedPassphrase(request.path());
    if (!request.kdf().isOfPassphrase()) throw KeyFailures.needsKey(request.path());
    return key(request.kdf());
  }

  /** Returns the 32 bytes that the function makes of the passphrase. */
  public byte[] key(Kdf kdf) {
    if (kdf.function() == Kdf.Function.PBKDF2) return pbkdf2(kdf);
    byte[] bytes = utf8();
    try {
      return MemoryHardKdf.key(bytes, kdf);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }

  private byte[] pbkdf2(Kdf kdf) {
    PBEKeySpec spec = new PBEKeySpec(text, kdf.salt(), kdf.iterations(), Byte.SIZE * KEY_BYTES);
    try {
      return SecretKeyFactory.getInstance(PBKDF2).generateSecret(spec).getEncoded();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no " + PBKDF2, e);
    } finally {
      spec.clearPassword();
    }
  }

  private byte[] utf8() {
    var encoded = StandardCharsets.UTF_8.encode(CharBuffer.wrap(text));
    byte[] bytes = new byte[encoded.remaining()];
    encoded.get(bytes);
    Arrays.fill(encoded.array(), (byte) 0);
    return bytes;
  }

  /** Overwrites the passphrase. Logs that are open stay so. */
  @Override
  public void destroy() {
    isDestroyed = true;
    Arrays.fill(text, '\0');
  }

  @Override
  public boolean isDestroyed() {
    return isDestroyed;
  }

  /** {@return nothing of the passphrase} */
  @Override
  public String toString() {
    return "a passphrase for " + function.optionValue();
  }
}
