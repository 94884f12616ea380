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
}
