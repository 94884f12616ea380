package flumelog.error;

import flumelog.error.LogException.Kind;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** An option or an argument is not what it must be, or a library is missing for it. */
public final class OptionFailures {
  /** Most file systems allow names up to this. */
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

  /** @param nearest the option that was meant, as {@link Suggestion#ofOption} gives it; null where there is none */
  public static LogException unknownOption(String key, String nearest, Map<String, ?> known) {
    String all = "Known: " + String.join(" ", known.keySet());
    if (nearest == null) return new LogException(Kind.BAD_OPTION, null, "unknown option " + key + ". " + all, "option", key);
    return new LogException(Kind.BAD_OPTION, null, "unknown option " + key + "; did you mean " + nearest + "? " + all,
        "option", key, "did-you-mean", nearest);
  }

  /** An option of another operation; {@code instead} says what to do. */
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

  /** A namespace of which the core has no need is loaded, and needs a library. */
  public static LogException missingLibrary(String namespace, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        namespace + " needs a library that is not on the class path: add " + dependency,
        "namespace", namespace, "dependency", dependency);
  }

  /** The library is there and can't be loaded at the moment: the process may have no descriptor left. */
  public static LogException cannotLoad(String key, Object value, Throwable cause) {
    return new LogException(Kind.FAILED, cause, "what option " + key + " " + ValueText.of(value) + " names can't be loaded: "
        + Reason.brief(cause) + "; try again", "option", key, "value", value);
  }

  /** @param suffix the longest one among the files beside a log: their names are that of the log and a suffix */
  public static LogException nameTooLong(String path, String name, String suffix) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    return new LogException(Kind.BAD_OPTION, null,
        "the name of a log must leave room for those of the files beside it, which are up to " + suffix.length()
            + " bytes longer, as <name>" + suffix + "; this one has " + bytes + " bytes, mostly " + MOST_NAME_BYTES
            + " are allowed: " + path,
        "path", path, "bytes", bytes, "max-bytes", MOST_NAME_BYTES - suffix.length());
  }
}
