package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.error.LogException;
import flumelog.error.Reason;
import flumelog.error.Suggestion;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;

/** Says on standard error what went wrong, in a sentence, and what that is to the shell. */
final class Failures {
  private Failures() {}

  /** A verb that does not exist. */
  static LogException noSuchVerb(String name) {
    return CommandFailures.noSuchVerb(name, Suggestion.ofOption(name, Verbs.NAMES));
  }

  /** {@return the exit code} */
  static int report(Throwable thrown) {
    if (thrown instanceof LogException failure) return say(ShellWords.of(failure), ExitCode.of(failure.kind()));
    if (isClosedPipe(thrown)) return ExitCode.FINE;
    if (thrown instanceof IOException failure) return say(sentence(failure), ExitCode.COULD_NOT);
    if (thrown instanceof InvalidPathException path) return say("the name of a file can't be used: " + path.getMessage(), ExitCode.USED_WRONGLY);
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
    return failure instanceof FileSystemException ? Reason.of(failure) : "standard input or output failed: " + failure.getMessage();
  }

  private static int say(String sentence, int code) {
    System.err.println("flumelog: " + sentence);
    return code;
  }
}
