package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.protect.GivenKey;
import flumelog.protect.KeySource;
import flumelog.protect.KeySources;
import flumelog.protect.LogKeys;
import javax.crypto.SecretKey;

/**
 * How a log is to be protected: the value of the option {@code :protect}. How an existing file is protected is in its head record,
 * so it is opened without the option, unless it is encrypted.
 */
public final class Protection {
  /** Not at all. A protected file is then read as its bytes are, with the frames of the log's own, and takes no appends. */
  public static final Protection NONE = new Protection("none", null, GivenKey.NEWEST);
  /** Each record has a checksum that is bound to its log and its offset. A batch is whole or absent. */
  public static final Protection CHECKED = new Protection("checked", null, GivenKey.NEWEST);

  private final String name;
  private final KeySource source;
  private final int keyNumber;

  private Protection(String name, KeySource source, int keyNumber) {
    this.name = name;
    this.source = source;
    this.keyNumber = keyNumber;
  }

  /**
   * Each record is encrypted with AES-256-GCM and bound to its log and its offset. A batch is whole or absent.
   *
   * @param key 32 random bytes. The array is not copied: it must stay as it is until the log is closed
   * @return the protection
   * @throws LogException {@code WRONG_KEY} if the key does not have 32 bytes
   */
  public static Protection encrypted(byte[] key) {
    return encrypted(KeySources.of(key));
  }

  /**
   * As {@link #encrypted(byte[])}.
   *
   * @param key of 32 bytes
   * @return the protection
   * @throws LogException {@code WRONG_KEY} if the key does not have 32 bytes, or does not give them
   */
  public static Protection encrypted(SecretKey key) {
    return encrypted(KeySources.of(key));
  }

  /**
   * As {@link #encrypted(byte[])}, with keys that a function gives.
   *
   * @param keys is asked for each key once while a log is open
   * @return the protection
   */
  public static Protection encrypted(KeyFunction keys) {
    return encrypted(KeySources.of(keys::key));
  }

  /**
   * As {@link #encrypted(byte[])}, with a key of any kind: for the Clojure API.
   *
   * @param source of the key
   * @return the protection
   */
  public static Protection encrypted(KeySource source) {
    return new Protection("encrypted", source, GivenKey.NEWEST);
  }

  /**
   * The same encryption, with another key for what is appended from now on. Records under the earlier keys stay readable.
   *
   * @param number 0 to 255, and not less than the number of the newest record; the {@link KeyFunction} is asked for the key
   * @return the protection
   * @throws LogException {@code BAD_OPTION} for another number
   */
  public Protection withKeyNumber(int number) {
    if (source == null || number < 0 || number > LogKeys.LAST_NUMBER) {
      throw OptionFailures.badOption(":key-number", (long) number, "a whole number from 0 to 255, of an encrypted log");
    }
    return new Protection(name, source, number);
  }

  /** Null if the log is not to be encrypted. */
  GivenKey key() {
    return source == null ? null : new GivenKey(source, keyNumber);
  }

  /** {@return {@code "none"}, {@code "checked"} or {@code "encrypted"}: nothing of a key} */
  public String protectionName() {
    return name;
  }

  /** {@return the same as a keyword of Clojure, with its colon} */
  @Override
  public String toString() {
    return ":" + name;
  }
}
