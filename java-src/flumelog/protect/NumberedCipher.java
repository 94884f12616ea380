package flumelog.protect;

import flumelog.error.KeyFailures;
import flumelog.error.UseFailures;
import java.security.SecureRandom;

/**
 * Encrypts records as {@link RecordCipher} does, for a store that gives a record its offset only when it is stored. In place of the offset
 * stands a number that the writer chooses, and that is kept beside the record. The id of the log is in the keys, so a record of another log can't be
 * decrypted.
 *
 * <pre>
 *   number  := session counter        53 bits
 *   session := 16 random bits         others for each writer
 *   counter := 37 bits                grows by 1 from record to record
 * </pre>
 *
 * Any number of threads may use it.
 */
public final class NumberedCipher implements AutoCloseable {
  private static final int COUNTER_BITS = 37;
  /** How many records may be encrypted with one key and random nonces. */
  private static final long MOST_OF_A_SESSION = 1L << 32;

  private final LogKeys keys;
  private final Nonces nonces = new Nonces();
  private final SecureRandom random = new SecureRandom();
  private int keyNumber = LogKeys.FIRST_NUMBER;
  private long next;
  private long left;

  private NumberedCipher(LogKeys keys) {
    this.keys = keys;
  }

  /**
   * @param logId 16 bytes
   * @throws flumelog.error.LogException {@code WRONG_KEY} for a passphrase, for which the store has no place to keep a salt
   */
  public static NumberedCipher of(GivenKey key, String path, byte[] logId) {
    if (key.newKdf().isOfPassphrase()) throw KeyFailures.needsKey(path);
    return new NumberedCipher(key.newKeys(path, logId, Kdf.NONE));
  }

  /** Chooses the number of the key for new records: that of the newest record, unless the user has named a higher one. */
  public synchronized void chooseKeyNumber(GivenKey key, byte[] newestOrNull) {
    keyNumber = newestOrNull == null ? key.numberOfNewLog() : key.numberAfter(keys.path(), RecordCipher.numberIn(newestOrNull, 0));
  }

  /** Returns a number for the next record. */
  public synchronized long nextNumber() {
    if (left == 0) {
      next = (long) random.nextInt(1 << 16) << COUNTER_BITS;
      left = MOST_OF_A_SESSION;
    }
    left--;
    return next++;
  }

  /** Encrypts the payload of the record with the number. */
  public byte[] encrypt(long number, byte[] payload) {
    byte[] encrypted = new byte[payload.length + RecordCipher.OVERHEAD];
    int of;
    byte[] nonce;
    synchronized (this) {
      of = keyNumber;
      nonce = nonces.next(1);
    }
    try {
      keys.cipher(of, number).encrypt(Kind.RECORD, number, nonce, 0, payload, encrypted, 0);
      return encrypted;
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
  }

  /** Returns the payload of the record with the number; null if it was encrypted with none of the keys for that number. */
  public byte[] decrypt(long number, byte[] encrypted) {
    if (encrypted.length < RecordCipher.OVERHEAD || number < 0 || number >>> COUNTER_BITS > 0xFFFF) return null;
    try {
      return keys.cipher(RecordCipher.numberIn(encrypted, 0), number).decrypt(encrypted, 0, encrypted.length, number);
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
  }

  private RuntimeException ofClosed(IllegalStateException e) {
    return keys.isClosed() ? UseFailures.closed(keys.path()) : e;
  }

  /** Overwrites the keys. */
  @Override
  public void close() {
    keys.close();
  }

  /** {@return nothing of the keys} */
  @Override
  public String toString() {
    return "NumberedCipher[key number " + keyNumber + "]";
  }
}
