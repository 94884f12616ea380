package flumelog.protect;

import flumelog.error.KeyFailures;
import java.util.Arrays;
import java.util.function.Function;
import javax.crypto.SecretKey;

/** The sources of keys that a program can give. */
public final class KeySources {
  private KeySources() {}

  /** @param key 32 bytes; the array is not copied, so that the caller can overwrite it after the log is closed */
  public static KeySource of(byte[] key) {
    checkWidth(null, key);
    return new Source(false, request -> key.clone());
  }

  /** @param key of 32 bytes, that gives its bytes by {@code getEncoded} */
  public static KeySource of(SecretKey key) {
    byte[] bytes = key.getEncoded();
    checkWidth(null, bytes);
    Arrays.fill(bytes, (byte) 0);
    return new Source(false, request -> key.getEncoded());
  }

  public static KeySource of(KeyFunction function) {
    return new Source(true, request -> ofFunction(function, request));
  }

  private static byte[] ofFunction(KeyFunction function, KeySource.Request request) {
    try {
      return function.key(request.number(), request.logId().clone());
    } catch (Exception e) {
      throw KeyFailures.functionThrew(request.path(), request.number(), e);
    }
  }

  private static void checkWidth(String path, byte[] key) {
    if (key == null) throw KeyFailures.noBytes(path);
    if (key.length != KeySource.KEY_BYTES) throw KeyFailures.wrongWidth(path, key.length);
  }

  /** Not a record, since a record would print its parts. */
  private static final class Source implements KeySource {
    private final boolean isNumbered;
    private final Function<Request, byte[]> keys;

    Source(boolean isNumbered, Function<Request, byte[]> keys) {
      this.isNumbered = isNumbered;
      this.keys = keys;
    }

    @Override
    public boolean isNumbered() {
      return isNumbered;
    }

    @Override
    public byte[] key(Request request) {
      if (request.kdf().isOfPassphrase()) throw KeyFailures.needsPassphrase(request.path(), request.kdf().function().optionValue());
      byte[] key = keys.apply(request);
      checkWidth(request.path(), key);
      return key;
    }

    /** {@return nothing of a key} */
    @Override
    public String toString() {
      return isNumbered ? "a function that gives keys" : "a key of 32 bytes";
    }
  }
}
