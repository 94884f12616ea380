package flumelog.log;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.protect.GivenKey;
import flumelog.protect.KeySource;
import flumelog.protect.KeySources;
import flumelog.protect.LogKeys;
import flumelog.protect.Signer;
import flumelog.protect.Signers;
import flumelog.recovery.LogId;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Objects;
import javax.crypto.SecretKey;
import org.jspecify.annotations.Nullable;

/**
 * How a log is to be protected: the value of the option {@code :protect}. How an existing file is protected is in its head record,
 * so it is opened without the option, unless it is encrypted.
 */
public final class Protection {
  /** Not at all. A protected file is then read as its bytes are, with the frames of the log's own, and takes no appends. */
  public static final Protection NONE = new Protection("none", null, GivenKey.NEWEST, false, null, null, null);
  /** Each record has a checksum that is bound to its log and its offset. A batch is whole or absent. */
  public static final Protection CHECKED = new Protection("checked", null, GivenKey.NEWEST, false, null, null, null);
  /** As {@link #CHECKED}, and all records are hashed into a tree, whose root {@link SealedLog#head} tells. */
  public static final Protection SEALED = new Protection("sealed", null, GivenKey.NEWEST, true, null, null, null);

  private final String name;
  private final KeySource source;
  private final int keyNumber;
  private final boolean isSealed;
  private final Signer signer;
  private final byte[] trust;
  private final LogId id;

  private Protection(String name, KeySource source, int keyNumber, boolean isSealed, Signer signer, byte[] trust, LogId id) {
    this.name = name;
    this.source = source;
    this.keyNumber = keyNumber;
    this.isSealed = isSealed;
    this.signer = signer;
    this.trust = trust;
    this.id = id;
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
    return new Protection("encrypted", source, GivenKey.NEWEST, false, null, null, null);
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
    return new Protection(name, source, number, isSealed, signer, trust, id);
  }

  /**
   * The same protection of a log that is also sealed, and whose seals are signed.
   *
   * @param key a key of Ed25519 that gives its bytes; for one in hardware there is {@link #signedBy(KeyPair)}
   * @return the protection
   * @throws LogException {@code BAD_OPTION} if it is no such key
   */
  public Protection signedBy(PrivateKey key) {
    return signedBy(Signers.of(key));
  }

  /**
   * The same protection of a log that is also sealed, and whose seals are signed.
   *
   * @param seed the 32 bytes that RFC 8032 calls the private key
   * @return the protection
   * @throws LogException {@code BAD_OPTION} for another number of bytes
   */
  public Protection signedBy(byte[] seed) {
    return signedBy(Signers.of(seed));
  }

  /**
   * The same protection of a log that is also sealed, and whose seals are signed.
   *
   * @param keys of Ed25519
   * @return the protection
   * @throws LogException {@code BAD_OPTION} if they are no such keys, or don't belong together
   */
  public Protection signedBy(KeyPair keys) {
    return signedBy(Signers.of(keys));
  }

  /**
   * The same protection of a log that is also sealed, and whose seals are signed: for the Clojure API.
   *
   * @param by signs the seals
   * @return the protection
   */
  public Protection signedBy(Signer by) {
    return new Protection(nameIfSealed(), source, keyNumber, true, Objects.requireNonNull(by, "by"), trust, id);
  }

  /**
   * The same protection of a log whose seals must be signed by a key. Reading such a log needs no private key.
   *
   * @param publicKey of Ed25519
   * @return the protection
   * @throws LogException {@code BAD_OPTION} if it is no such key
   */
  public Protection trusting(PublicKey publicKey) {
    return trusting(Signers.publicKey(publicKey));
  }

  /**
   * The same protection of a log whose seals must be signed by a key. Reading such a log needs no private key.
   *
   * @param publicKey the 32 bytes of a public key of Ed25519
   * @return the protection
   * @throws LogException {@code BAD_OPTION} for another number of bytes
   */
  public Protection trusting(byte[] publicKey) {
    return new Protection(nameIfSealed(), source, keyNumber, true, signer, Signers.publicKey(publicKey), id);
  }

  /**
   * Any protection, but only of the log with an id: any other log is refused. With it a file can be verified and salvaged that has lost
   * all its heads, which would tell the id.
   *
   * @param id as {@link Log#id} gives it: 32 hexadecimal digits
   * @return the protection
   * @throws LogException {@code BAD_OPTION} for anything else
   */
  public static Protection ofLog(String id) {
    return new Protection(null, null, GivenKey.NEWEST, false, null, null, LogId.parse(id));
  }

  /**
   * The same protection of the log with an id, as {@link #ofLog}.
   *
   * @param logId as {@link Log#id} gives it
   * @return the protection
   * @throws LogException {@code BAD_OPTION} for anything else
   */
  public Protection withLogId(String logId) {
    if (this == NONE) throw OptionFailures.badOption(":protect", this, "a protection that has an id, not :none");
    return new Protection(name, source, keyNumber, isSealed, signer, trust, LogId.parse(logId));
  }

  /** The id that the log must have; null for any. */
  LogId logId() {
    return id;
  }

  /** The keyword that the options name; null if they name none. */
  String named() {
    return name == null ? null : ":" + name;
  }

  private String nameIfSealed() {
    if (this == NONE) throw OptionFailures.badOption(":protect", this, "a protection that has seals, not :none");
    return source == null ? "sealed" : "encrypted";
  }

  /**
   * The same protection of a log that is also sealed.
   *
   * @return the protection
   */
  public Protection sealed() {
    return new Protection(nameIfSealed(), source, keyNumber, true, signer, trust, id);
  }

  /** {@return whether the log is also sealed} */
  public boolean isSealed() {
    return isSealed;
  }

  /** Null if the seals are not signed. */
  Signer signer() {
    return signer;
  }

  /** The 32 bytes of the public key that must have signed the seals; null for any. */
  byte[] trust() {
    return trust;
  }

  /**
   * For back ends: the key of the log.
   *
   * @return null if the log is not to be encrypted
   */
  public @Nullable GivenKey key() {
    return source == null ? null : new GivenKey(source, keyNumber);
  }

  /** {@return {@code "none"}, {@code "checked"}, {@code "sealed"} or {@code "encrypted"}, or null if only an id is named: nothing of a key} */
  public @Nullable String protectionName() {
    return name;
  }

  /** {@return the same as a keyword of Clojure, with its colon} */
  @Override
  public String toString() {
    return name == null ? ":id" : ":" + name;
  }
}
