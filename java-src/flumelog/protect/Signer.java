package flumelog.protect;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.interfaces.EdECPrivateKey;
import java.security.spec.EdECPrivateKeySpec;
import java.security.spec.NamedParameterSpec;
import java.util.HexFormat;

/** A private key that signs the heads of a log, and its public key. */
public final class Signer {
  private static final int SEED_BYTES = 32;
  private static final byte[] PROBE = new byte[SEED_BYTES];

  private final PrivateKey key;
  private final byte[] publicKey;

  private Signer(PrivateKey key, byte[] publicKey) {
    this.key = key;
    this.publicKey = publicKey;
  }

  /** @param seed the 32 bytes that RFC 8032 calls the private key */
  public static Signer of(byte[] seed) throws GeneralSecurityException {
    if (seed.length != SEED_BYTES) throw new IllegalArgumentException("a private key has 32 bytes, this one has " + seed.length);
    PrivateKey key = KeyFactory.getInstance(Signatures.ED25519).generatePrivate(
        new EdECPrivateKeySpec(NamedParameterSpec.ED25519, seed.clone()));
    return new Signer(key, publicKeyOf(key, seed));
  }

  /** Returns null if the key is not one of Ed25519, or does not give its bytes, so that its public key can't be known. */
  public static Signer of(PrivateKey key) throws GeneralSecurityException {
    if (!(key instanceof EdECPrivateKey edwards)) return null;
    byte[] seed = edwards.getBytes().orElse(null);
    return seed == null || seed.length != SEED_BYTES ? null : new Signer(key, publicKeyOf(key, seed));
  }

  /** Returns null if the keys are not of Ed25519, or don't belong together. */
  public static Signer of(KeyPair pair) throws GeneralSecurityException {
    byte[] publicKey = Signatures.raw(pair.getPublic());
    return publicKey != null && belongTogether(pair.getPrivate(), publicKey) ? new Signer(pair.getPrivate(), publicKey) : null;
  }

  /**
   * Java has no call that makes the public key of a private one. Its generator does so, with the private key in place of random
   * bytes. The probe proves that the result is right.
   */
  private static byte[] publicKeyOf(PrivateKey key, byte[] seed) throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance(Signatures.ED25519);
    generator.initialize(NamedParameterSpec.ED25519, new GivenBytes(seed));
    byte[] publicKey = Signatures.raw(generator.generateKeyPair().getPublic());
    if (!belongTogether(key, publicKey)) throw new GeneralSecurityException("the public key can't be made of the private one");
    return publicKey;
  }

  private static boolean belongTogether(PrivateKey key, byte[] publicKey) throws GeneralSecurityException {
    return Signatures.verify(publicKey, PROBE, Signatures.sign(key, PROBE));
  }

  public byte[] sign(byte[] message) {
    try {
      return Signatures.sign(key, message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("signing failed (" + e.getClass().getName() + ")", e);
    }
  }

  /** Returns the 32 bytes of the public key. */
  public byte[] publicKey() {
    return publicKey.clone();
  }

  /** {@return nothing of the private key} */
  @Override
  public String toString() {
    return "Signer[" + HexFormat.of().formatHex(publicKey) + "]";
  }

  /** Gives these bytes in place of random ones. */
  private static final class GivenBytes extends SecureRandom {
    private static final long serialVersionUID = 1L;
    private final transient byte[] given;

    GivenBytes(byte[] given) {
      this.given = given;
    }

    @Override
    public void nextBytes(byte[] bytes) {
      if (bytes.length != given.length) throw new IllegalStateException("the generator of keys asks for " + bytes.length + " bytes");
      System.arraycopy(given, 0, bytes, 0, bytes.length);
    }
  }
}
