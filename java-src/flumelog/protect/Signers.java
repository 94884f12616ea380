package flumelog.protect;

import flumelog.error.KeyFailures;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;

/** The keys with which a program signs, and which it trusts. Anything else is refused, and the error shows nothing of it. */
public final class Signers {
  private Signers() {}

  /** @param seed the 32 bytes that RFC 8032 calls the private key */
  public static Signer of(byte[] seed) {
    try {
      if (seed.length == KeySource.KEY_BYTES) return Signer.of(seed);
    } catch (GeneralSecurityException e) {
      // It is refused below.
    }
    throw KeyFailures.notASigner("byte[" + seed.length + "]");
  }

  public static Signer of(PrivateKey key) {
    try {
      Signer signer = key == null ? null : Signer.of(key);
      if (signer != null) return signer;
    } catch (GeneralSecurityException e) {
      // It is refused below.
    }
    throw KeyFailures.notASigner(key == null ? null : key.getClass().getName());
  }

  public static Signer of(KeyPair keys) {
    try {
      Signer signer = Signer.of(keys);
      if (signer != null) return signer;
    } catch (GeneralSecurityException | RuntimeException e) {
      // It is refused below.
    }
    throw KeyFailures.notASigner("java.security.KeyPair");
  }

  /** The 32 bytes of a public key. */
  public static byte[] publicKey(PublicKey key) {
    byte[] raw = key == null ? null : Signatures.raw(key);
    if (raw == null) throw KeyFailures.notAPublicKey(key == null ? null : key.getClass().getName());
    return raw;
  }

  /** A copy of the 32 bytes of a public key. */
  public static byte[] publicKey(byte[] raw) {
    if (raw == null || raw.length != Signatures.PUBLIC_KEY_BYTES) {
      throw KeyFailures.notAPublicKey(raw == null ? null : "byte[" + raw.length + "]");
    }
    return raw.clone();
  }
}
