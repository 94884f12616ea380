package flumelog.protect;

import flumelog.error.KeyFailures;
import flumelog.error.UseFailures;
import java.security.SecureRandom;

/**
 * Seals records as {@link RecordCipher} does, for a store that gives a record its place only later: a number that the writer chooses
 * takes the part of the offset, and is kept beside the record. The id of the log is in the keys, so a record of another log can't be
 * opened.
 *
 * <pre>
 *   number  := session counter        53 bits
 *   session := 16 random bits         others for each writer
 *   counter := 37 bits                grows by 1 from record to record
 * </pre>
 *
 * Any number of threads may use it.
 */
public final class NumberedSealing implements AutoCloseable {
  private static final int COUNTER_BITS = 37;
  /** As many records may be sealed under one key with random nonces. */
  private static final long MOST_OF_A_SESSION = 1L << 32;

  private final LogKeys keys;
  private final Nonces nonces = new Nonces();
  private final SecureRandom random = new SecureRandom();
  private int keyNumber = LogKeys.FIRST_NUMBER;
  private long next;
  private long left;

  private NumberedSealing(LogKeys keys) {
    this.keys = keys;
  }

  /**
   * @param logId 16 bytes
   * @throws flumelog.error.LogException {@code WRONG_KEY} for a passphrase, for which the store has no place to keep a salt
   */
  public static NumberedSealing of(GivenKey key, String path, byte[] logId) {
    if (key.newKdf().isOfPassphrase()) throw KeyFailures.needsKey(path);
    return new NumberedSealing(key.newKeys(path, logId, Kdf.NONE));
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

  /** Seals the payload of the record with the number. */
  public byte[] seal(long number, byte[] payload) {
    byte[] sealed = new byte[payload.length + RecordCipher.OVERHEAD];
    int of;
    byte[] nonce;
    synchronized (this) {
      of = keyNumber;
      nonce = nonces.next(1);
    }
    try {
      keys.cipher(of, number).seal(Kind.RECORD, number, nonce, 0, payload, sealed, 0);
      return sealed;
    } catch (IllegalStateException e) {
      throw ofClosed(e);
    }
  }

  /** Returns the payload of the record with the number; null if none of the keys sealed it for that. */
  public byte[] open(long number, byte[] sealed) {
    if (sealed.length < RecordCipher.OVERHEAD || number < 0 || number >>> COUNTER_BITS > 0xFFFF) return null;
    try {
      return keys.cipher(RecordCipher.numberIn(sealed, 0), number).open(sealed, 0, sealed.length, number);
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
    return "NumberedSealing[key number " + keyNumber + "]";
  }
}
