package flumelog.error;

import flumelog.error.LogException.Kind;

/** Failures of the command line, in the words of a shell. */
public final class CommandFailures {
  private CommandFailures() {}

  /** @param what is wrong with the arguments of the verb, as the beginning of a sentence */
  public static LogException usedWrongly(String verb, String what) {
    return new LogException(Kind.BAD_OPTION, null, what + "; see flumelog " + verb + " --help", "verb", verb);
  }

  public static LogException noSuchVerb(String verb, String meant) {
    return new LogException(Kind.BAD_OPTION, null,
        "there is no verb " + verb + (meant == null ? "" : "; did you mean " + meant + "?") + "; flumelog --help lists them",
        "verb", verb);
  }

  /** {@code --jfr} stands before the file and the verb. */
  public static LogException recordsNothing() {
    return new LogException(Kind.BAD_OPTION, null, "--jfr needs a file and a verb, as in flumelog --jfr FILE VERB LOG");
  }

  /** The file of a recording can't be written, or must not be. */
  public static LogException cannotRecord(String file, String why, Throwable cause) {
    return new LogException(Kind.FAILED, cause, "--jfr " + file + ": " + why + "; nothing was done", "path", file);
  }

  /** @param why it can't be used, as the end of a sentence */
  public static LogException badKeyFile(String file, String option, String why) {
    return new LogException(Kind.BAD_OPTION, null, "the file " + file + " of " + option + " " + why, "path", file);
  }

  /** The file of {@code --head} is missing, or has no head. */
  public static LogException badHeadFile(String file) {
    return new LogException(Kind.BAD_OPTION, null, "the file " + file + " of --head has no head, as flumelog head prints one", "path", file);
  }

  /** A reader can't sign, so a signed log without a seal has no head for it. */
  public static LogException noSeal(String path) {
    return new LogException(Kind.UNAVAILABLE, null,
        path + " has no seal yet, and only who has its private key can make one: flumelog seal " + path + " --sign FILE", "path", path);
  }

  /** A key is never written over another one, since that one may be the only copy. */
  public static LogException keyExists(String file) {
    return new LogException(Kind.BAD_OPTION, null, file + " exists; nothing was changed: name another file", "path", file);
  }

  /** A line of standard input is not what it is to be. The lines before it were appended. */
  public static LogException badLine(long number, String form, String why) {
    return new LogException(Kind.BAD_OPTION, null,
        "line " + number + " of standard input is not " + form + " (" + why + "); the lines before it were appended, it and those behind it were not",
        "line", number);
  }
}
