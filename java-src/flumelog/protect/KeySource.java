package flumelog.protect;

/** Where the keys of a log come from: bytes, a {@code SecretKey}, a function, or a passphrase. It prints nothing of a key. */
public interface KeySource {
  int KEY_BYTES = 32;

  /** How the key of a new log is made. */
  default Kdf newKdf() {
    return Kdf.NONE;
  }

  /** Whether each number has a key of its own. */
  default boolean isNumbered() {
    return false;
  }

  /**
   * Returns a key of 32 bytes. The caller may overwrite the array.
   *
   * @param request the log for which a key is wanted, and the number of the key
   * @throws flumelog.error.LogException {@code WRONG_KEY} if there is no such key
   */
  byte[] key(Request request);

  /**
   * A request for a key.
   *
   * @param path the log, for errors
   * @param logId 16 bytes
   * @param kdf how the key is made of a passphrase
   * @param number 0 to 255
   */
  record Request(String path, byte[] logId, Kdf kdf, int number) {}
}
