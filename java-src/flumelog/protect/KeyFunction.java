package flumelog.protect;

/** Gives the keys of logs, for example from a KeyStore or a key management service. */
@FunctionalInterface
public interface KeyFunction {
  /**
   * Returns a key of 32 bytes. The log overwrites the array when it has used it.
   *
   * @param number 0 for the first key of the log, up to 255
   * @param logId the 16 bytes that are different for each log
   * @throws Exception if there is no such key, or it can't be had now
   */
  byte[] key(int number, byte[] logId) throws Exception;
}
