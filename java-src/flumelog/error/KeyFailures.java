package flumelog.error;

import flumelog.error.LogException.Kind;

/** Failures because the key of an encrypted log is missing or is another one. No sentence and no fact has anything of a key. */
public final class KeyFailures {
  private KeyFailures() {}

  /** The key is not the one with which the log was made, or somebody has changed the head of the log. */
  public static LogException wrongKey(String path) {
    return wrong(path, "the key is not that of " + path + ", or the head of the log was changed; nothing was changed now: open it"
        + " with the key with which it was made");
  }

  /** The log is encrypted, and no key was given. */
  public static LogException missingKey(String path) {
    return wrong(path, path + " is encrypted and needs its key; nothing was changed: open it with :protect {:key k}, or for"
        + " reading with :protect :none to get the encrypted bytes");
  }

  /** The seals of the log are signed, and the private key was not given. */
  public static LogException missingSigner(String path) {
    return wrong(path, "the seals of " + path + " are signed, and its private key is missing; nothing was changed: open it with"
        + " :protect {:sign private-key}, or with :mode :read");
  }

  /** The seals of the log are signed by another key than the one that was given. */
  public static LogException wrongSigner(String path) {
    return wrong(path, "the private key is not the one that signs the seals of " + path + "; nothing was changed: open it with the key"
        + " with which it was made");
  }

  /** The value of {@code :sign} is no key. The error shows only the name of its class. */
  public static LogException notASigner(String type) {
    return new LogException(Kind.BAD_OPTION, null,
        "option :sign of :protect must be a private key of Ed25519: a java.security.PrivateKey that has its bytes, a KeyPair, or the 32"
            + " bytes of RFC 8032, was " + (type == null ? "nil" : "a " + type), "option", ":sign");
  }

  /** The value of {@code :trust} is no public key. */
  public static LogException notAPublicKey(String type) {
    return new LogException(Kind.BAD_OPTION, null,
        "option :trust must be a public key of Ed25519: a java.security.PublicKey or its 32 bytes, was " + (type == null ? "nil" : "a " + type),
        "option", ":trust");
  }

  /** The key of the log is made of a passphrase, and bytes were given. */
  public static LogException needsPassphrase(String path, String function) {
    return wrong(path, "the key of " + path + " is made of a passphrase by " + function + ", and another kind of key was given;"
        + " nothing was changed: open it with a key of key-of-passphrase");
  }

  /** The key of the log is not made of a passphrase, and one was given. */
  public static LogException needsKey(String path) {
    return wrong(path, "the key of " + path + " is not made of a passphrase, and a passphrase was given; nothing was changed: open"
        + " it with its key of 32 bytes");
  }

  /** @param path null where no log is known yet */
  public static LogException wrongWidth(String path, int bytes) {
    return wrong(path, "the key" + of(path) + " must have 32 bytes, and has " + bytes + "; nothing was changed", "bytes", bytes);
  }

  /** A {@code SecretKey} may be in hardware that does not give its bytes. */
  public static LogException noBytes(String path) {
    return wrong(path, "the key" + of(path) + " gives no bytes; nothing was changed: give 32 bytes, or a SecretKey that has them");
  }

  /** The user's function has thrown. Its exception is the origin, and no part of the sentence, which must have nothing of a key. */
  public static LogException functionThrew(String path, int number, Throwable cause) {
    return new LogException(Kind.WRONG_KEY, cause,
        "the function that gives the keys of " + path + " has thrown " + cause.getClass().getName() + " for key number " + number
            + "; nothing was changed: it must return 32 bytes", "path", path, "key-number", (long) number);
  }

  /** The option names a number of the key below that of a record in the log. */
  public static LogException oldNumber(String path, int number, int newest) {
    return new LogException(Kind.BAD_OPTION, null,
        "option :key-number must be at least " + newest + ", the number of the newest record in " + path + ", and is " + number
            + "; nothing was changed: leave it out to go on with " + newest,
        "option", ":key-number", "path", path, "key-number", (long) newest);
  }

  public static LogException destroyedPassphrase(String path) {
    return wrong(path, "the passphrase for " + path + " was destroyed; nothing was changed: make a new one with key-of-passphrase");
  }

  /** The value of {@code :protect} is none. It is told without what may be a key in the wrong place. */
  public static LogException notAProtection(String told) {
    return new LogException(Kind.BAD_OPTION, null,
        "option :protect must be :none, :checked, :sealed, or a map with :key, :sign or :trust, was " + told, "option", ":protect");
  }

  /** The value of {@code :key} is none. Only the name of its class is told. */
  public static LogException notAKey(String type) {
    return new LogException(Kind.BAD_OPTION, null,
        "option :key of :protect must be 32 bytes, a javax.crypto.SecretKey, a function of key number and log id, or what"
            + " key-of-passphrase gives, was " + (type == null ? "nil" : "a " + type), "option", ":key");
  }

  /** The passphrase is no text. The error shows only the name of its class. */
  public static LogException notAPassphrase(String type) {
    return new LogException(Kind.BAD_OPTION, null,
        "a passphrase must be a string or a char array, was " + (type == null ? "nil" : "a " + type), "argument", "passphrase");
  }

  public static LogException emptyPassphrase() {
    return new LogException(Kind.BAD_OPTION, null, "a passphrase must have at least one character, and this one has none",
        "argument", "passphrase");
  }

  /** @param function the value of the option {@code :kdf}, with its colon */
  public static LogException missingLibrary(String function, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        "option :kdf " + function + " needs a library that is not on the class path: add " + dependency,
        "option", ":kdf", "dependency", dependency);
  }

  private static String of(String path) {
    return path == null ? "" : " of " + path;
  }

  private static LogException wrong(String path, String sentence, Object... facts) {
    if (path == null) return new LogException(Kind.WRONG_KEY, null, sentence, facts);
    Object[] all = new Object[facts.length + 2];
    all[0] = "path";
    all[1] = path;
    System.arraycopy(facts, 0, all, 2, facts.length);
    return new LogException(Kind.WRONG_KEY, null, sentence, all);
  }
}
