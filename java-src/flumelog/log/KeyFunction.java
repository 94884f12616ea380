package flumelog.log;

/** Gives the keys of encrypted logs, for example from a {@code KeyStore} or a key management service. */
@FunctionalInterface
public interface KeyFunction {
  /**
   * Returns a key.
   *
   * @param number 0 for the first key of the log, up to 255
   * @param logId the 16 bytes of the log's id, which are different for each log
   * @return 32 bytes, which the log overwrites when it has used them
   * @throws Exception if there is no such key, or it can't be had now; the log then throws {@code WRONG_KEY}
   */
  byte[] key(int number, byte[] logId) throws Exception;
}
