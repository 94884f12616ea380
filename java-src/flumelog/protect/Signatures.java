package flumelog.protect;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.X509EncodedKeySpec;
import java.util.Arrays;
import java.util.HexFormat;

/** Signatures by Ed25519 of RFC 8032, as each Java from 15 on has it. Public keys are the 32 bytes of the RFC. */
public final class Signatures {
  public static final int BYTES = 64;
  public static final int PUBLIC_KEY_BYTES = 32;
  static final String ED25519 = "Ed25519";

  /** The bytes before the 32 bytes in the encoding that Java has for a public key. */
  private static final byte[] X509 = HexFormat.of().parseHex("302a300506032b6570032100");

  private Signatures() {}

  /** Returns the 32 bytes of a public key; null if it is not one of Ed25519. */
  public static byte[] raw(PublicKey key) {
    byte[] encoded = key.getEncoded();
    boolean isEd25519 = encoded != null && encoded.length == X509.length + PUBLIC_KEY_BYTES
        && Arrays.equals(X509, 0, X509.length, encoded, 0, X509.length);
    return isEd25519 ? Arrays.copyOfRange(encoded, X509.length, encoded.length) : null;
  }

  /** Whether the owner of the public key has signed the message. Bytes that are no key or no signature prove nothing. */
  public static boolean verify(byte[] publicKey, byte[] message, byte[] signature) {
    if (publicKey.length != PUBLIC_KEY_BYTES || signature.length != BYTES) return false;
    try {
      Signature verifier = Signature.getInstance(ED25519);
      verifier.initVerify(publicKey(publicKey));
      verifier.update(message);
      return verifier.verify(signature);
    } catch (SignatureException e) {
      return false;                    // it is no signature
    } catch (GeneralSecurityException e) {
      return false;                    // it is no key
    }
  }

  private static PublicKey publicKey(byte[] raw) throws GeneralSecurityException {
    byte[] encoded = Arrays.copyOf(X509, X509.length + PUBLIC_KEY_BYTES);
    System.arraycopy(raw, 0, encoded, X509.length, PUBLIC_KEY_BYTES);
    return KeyFactory.getInstance(ED25519).generatePublic(new X509EncodedKeySpec(encoded));
  }

  static byte[] sign(PrivateKey key, byte[] message) throws GeneralSecurityException {
    Signature signer = Signature.getInstance(ED25519);
    signer.initSign(key);
    signer.update(message);
    return signer.sign();
  }
}
