package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.error.LogException;
import flumelog.error.Suggestion;
import java.io.IOException;

/** Says on standard error what went wrong, in a sentence, and what that is to the shell. */
final class Failures {
  private Failures() {}

  /** A verb that does not exist. */
  static LogException noSuchVerb(String name) {
    return CommandFailures.noSuchVerb(name, Suggestion.ofOption(name, Verbs.NAMES));
  }

  static LogException noSuchShell(Object shell) {
    return CommandFailures.usedWrongly("completion", "SHELL must be bash or zsh, was " + shell);
  }

  /** {@return the exit code} */
  static int report(Throwable thrown) {
    if (thrown instanceof LogException failure) return say(failure.getMessage(), ExitCode.of(failure.kind()));
    if (isClosedPipe(thrown)) return ExitCode.FINE;
    if (thrown instanceof IOException failure) return say(sentence(failure), ExitCode.COULD_NOT);
    if (thrown instanceof OutOfMemoryError) return say("the memory is not enough: JAVA_OPTS=-Xmx4g gives more", ExitCode.COULD_NOT);
    thrown.printStackTrace();
    return ExitCode.COULD_NOT;
  }

  /** Whether the reader of standard output has gone, as head does. There is nobody left to tell. */
  private static boolean isClosedPipe(Throwable thrown) {
    String why = thrown instanceof IOException ? thrown.getMessage() : null;
    return why != null && (why.contains("Broken pipe") || why.contains("pipe is being closed"));
  }

  private static String sentence(IOException failure) {
    return "standard input or output failed: " + failure.getMessage();
  }

  private static int say(String sentence, int code) {
    System.err.println("flumelog: " + sentence);
    return code;
  }
}
