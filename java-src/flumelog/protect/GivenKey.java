package flumelog.protect;

import flumelog.error.KeyFailures;

/** The key with which a program opens or makes an encrypted log, and the number of the key for new records. */
public final class GivenKey {
  /** In place of a number: that of the newest record, and 0 for a new log. */
  public static final int NEWEST = -1;

  private final KeySource source;
  private final int number;

  /** @param number 0 to 255, or {@link #NEWEST} */
  public GivenKey(KeySource source, int number) {
    this.source = source;
    this.number = number;
  }

  /** Returns the envelope of a log that exists, with the number of its first key. */
  EncryptedEnvelope open(String path, HeadRecord head) {
    LogKeys keys = new LogKeys(source, path, head.id(), head.kdf());
    if (keys.proves(head.check(), head.checkedFields())) return new EncryptedEnvelope(keys, LogKeys.FIRST_NUMBER);
    keys.close();
    throw KeyFailures.wrongKey(path);
  }

  /** Returns the keys of a log that is being made. */
  LogKeys newKeys(String path, byte[] logId, Kdf kdf) {
    return new LogKeys(source, path, logId, kdf);
  }

  Kdf newKdf() {
    return source.newKdf();
  }

  int numberOfNewLog() {
    return Math.max(number, LogKeys.FIRST_NUMBER);
  }

  /** Returns the number for new records, which is never below that of a record in the log. */
  int numberAfter(String path, int newest) {
    if (number != NEWEST && number < newest) throw KeyFailures.oldNumber(path, number, newest);
    return Math.max(number, newest);
  }

  /** {@return nothing of the key} */
  @Override
  public String toString() {
    return "a key";
  }
}
