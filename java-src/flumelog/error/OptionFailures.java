package flumelog.error;

import flumelog.error.LogException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Failures because an option or an argument is not what it must be, or because it needs a library that is missing. */
public final class OptionFailures {
  /** The longest file name that most file systems allow. */
  private static final int MOST_NAME_BYTES = 255;

  private OptionFailures() {}

  /** For an option that the caller wrote as a keyword. */
  public static LogException badOption(String key, Object value, String expected) {
    return badOption(key, key, value, expected);
  }

  /**
   * For an option that has a name in each language.
   *
   * @param key the option, with its colon
   * @param written how the caller wrote it: the key, the key without its colon, or the name of a method
   * @param expected the values that it may have, as Clojure writes them
   */
  public static LogException badOption(String key, String written, Object value, String expected) {
    boolean isKeyword = written.startsWith(":");
    String what = isKeyword || written.equals(key.substring(1)) ? "option " + written : "the argument of " + written;
    String text = value == null && !isKeyword ? "null" : ValueText.of(value);
    return new LogException(Kind.BAD_OPTION, null,
        what + " must be " + (isKeyword ? expected : withoutColons(expected)) + ", was " + text, "option", key, "value", value);
  }

  public static LogException badArgument(String name, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null, name + " must be " + expected + ", was " + ValueText.of(value),
        "argument", name, "value", value);
  }

  /** For an option that does not exist, and that the caller wrote as a keyword. */
  public static LogException unknownOption(String key, String nearest, Map<String, ?> known) {
    return unknownOption(key, key, nearest, known);
  }

  /**
   * For an option that does not exist.
   *
   * @param key the option, with a colon
   * @param written how the caller wrote it: with or without the colon
   * @param nearest the option that was probably meant, from {@link Suggestion#ofOption}; null if there is none
   */
  public static LogException unknownOption(String key, String written, String nearest, Map<String, ?> known) {
    String meant = nearest == null ? ". " : "; did you mean " + nearest + "? ";
    String rest = meant + "Known: " + String.join(" ", known.keySet());
    String sentence = "unknown option " + written + (written.startsWith(":") ? rest : withoutColons(rest));
    if (nearest == null) return new LogException(Kind.BAD_OPTION, null, sentence, "option", key);
    return new LogException(Kind.BAD_OPTION, null, sentence, "option", key, "did-you-mean", nearest);
  }

  /** The text without the colons of keywords; a colon that ends a word stays. */
  private static String withoutColons(String text) {
    StringBuilder without = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      boolean isOfKeyword = text.charAt(i) == ':' && i + 1 < text.length() && Character.isLetter(text.charAt(i + 1));
      if (!isOfKeyword) without.append(text.charAt(i));
    }
    return without.toString();
  }

  /** The option belongs to another operation. {@code instead} says what to do. */
  public static LogException uselessOption(String key, String where, String instead) {
    return new LogException(Kind.BAD_OPTION, null, "option " + key + " means nothing in " + where + ": " + instead,
        "option", key);
  }

  /** The value of an option needs a library. */
  public static LogException missingLibrary(String key, Object value, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        "option " + key + " " + ValueText.of(value) + " needs a library that is not on the class path: add " + dependency,
        "option", key, "value", value, "dependency", dependency);
  }

  /** An optional namespace is being loaded, and needs a library that is missing. */
  public static LogException missingLibrary(String namespace, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        namespace + " needs a library that is not on the class path: add " + dependency,
        "namespace", namespace, "dependency", dependency);
  }

  /** The library is on the class path, but can't be loaded now. The process may have no file descriptor left. */
  public static LogException cannotLoad(String key, Object value, Throwable cause) {
    return new LogException(Kind.FAILED, cause, "what option " + key + " " + ValueText.of(value) + " names can't be loaded: "
        + Reason.brief(cause) + "; try again", "option", key, "value", value);
  }

  /** @param suffix the longest suffix of the files beside a log; their names are the name of the log and a suffix */
  public static LogException nameTooLong(String path, String name, String suffix) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    return new LogException(Kind.BAD_OPTION, null,
        "the name of a log is too long for the files beside it: their names are up to " + suffix.length() + " bytes longer,"
            + " as <name>" + suffix + "; this one has " + bytes + " bytes, and most file systems allow " + MOST_NAME_BYTES
            + ": " + path,
        "path", path, "bytes", bytes, "max-bytes", MOST_NAME_BYTES - suffix.length());
  }
}
