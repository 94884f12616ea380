package flumelog.error;

import flumelog.error.LogException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Failures because an option or an argument is not what it must be, or because it needs a library that is missing. */
public final class OptionFailures {
  /** The longest file name that most file systems allow. */
  private static final int MOST_NAME_BYTES = 255;

  private OptionFailures() {}

  public static LogException badOption(String key, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null,
        "option " + key + " must be " + expected + ", was " + ValueText.of(value), "option", key, "value", value);
  }

  public static LogException badArgument(String name, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null, name + " must be " + expected + ", was " + ValueText.of(value),
        "argument", name, "value", value);
  }

  /** @param nearest the option that was probably meant, from {@link Suggestion#ofOption}; null if there is none */
  public static LogException unknownOption(String key, String nearest, Map<String, ?> known) {
    String all = "Known: " + String.join(" ", known.keySet());
    if (nearest == null) return new LogException(Kind.BAD_OPTION, null, "unknown option " + key + ". " + all, "option", key);
    return new LogException(Kind.BAD_OPTION, null, "unknown option " + key + "; did you mean " + nearest + "? " + all,
        "option", key, "did-you-mean", nearest);
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
