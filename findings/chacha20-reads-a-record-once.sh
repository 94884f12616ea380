#!/bin/sh
# In JDK 17 a Cipher for ChaCha20-Poly1305 decrypts a record once, and refuses to decrypt the same record again right after it: "Matching
# key and nonce from previous initialization". The rule is for encrypting, where a nonce must not come twice; whoever decrypts has no choice.
# So a reader of stored records that keeps its Cipher fails when the same record is asked for twice. In JDK 25 both are decrypted.
# AES/GCM decrypts both in either.
#
# Seen with OpenJDK 17.0.15 and 25.0.3:
#
#   Java 17: ChaCha20-Poly1305 decrypts 1 of 2; AES/GCM 2 of 2
#   Java 25: ChaCha20-Poly1305 decrypts 2 of 2; AES/GCM 2 of 2
#
# Needs a JDK of version 17 or later. Exits with 1 when the behaviour is another one, with 2 where it can't be tried; with JDK 18 to 24,
# where nobody has looked, it says what it sees.
set -eu
command -v java >/dev/null || { echo "needs java"; exit 2; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

cat > "$tmp/Twice.java" <<'JAVA'
import java.security.InvalidKeyException;
import java.security.spec.AlgorithmParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

public class Twice {
  public static void main(String[] args) throws Exception {
    int java = Runtime.version().feature();
    int chacha = decrypted("ChaCha20-Poly1305", "ChaCha20", new IvParameterSpec(new byte[12]));
    int gcm = decrypted("AES/GCM/NoPadding", "AES", new GCMParameterSpec(128, new byte[12]));
    System.out.println("Java " + java + ": ChaCha20-Poly1305 decrypts " + chacha + " of 2; AES/GCM " + gcm + " of 2");
    System.exit(gcm == 2 && (java == 17 ? chacha == 1 : java < 25 || chacha == 2) ? 0 : 1);
  }

  static int decrypted(String cipher, String algorithm, AlgorithmParameterSpec nonce) throws Exception {
    SecretKeySpec key = new SecretKeySpec(new byte[32], algorithm);
    Cipher writer = Cipher.getInstance(cipher);
    writer.init(Cipher.ENCRYPT_MODE, key, nonce);
    byte[] stored = writer.doFinal("a record".getBytes());
    Cipher reader = Cipher.getInstance(cipher);
    int decrypted = 0;
    for (int time = 0; time < 2; time++) {
      try {
        reader.init(Cipher.DECRYPT_MODE, key, nonce);
        if (new String(reader.doFinal(stored)).equals("a record")) decrypted++;
      } catch (InvalidKeyException e) {
        // It is refused.
      }
    }
    return decrypted;
  }
}
JAVA
java "$tmp/Twice.java"
