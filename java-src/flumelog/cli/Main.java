package flumelog.cli;

import flumelog.error.CommandFailures;
import java.util.Arrays;
import java.util.Map;

/** The entry of the command line: {@code flumelog VERB LOG}. Only the verb that was asked for is looked at. */
public final class Main {
  private Main() {}

  /**
   * Runs one command, and ends the process with its exit code.
   *
   * @param arguments the verb, and its arguments
   */
  public static void main(String[] arguments) {
    logInLines();
    int code = run(arguments);
    // System.exit looks for a logger first, since JDK 21, which takes 20 ms. Clojure's threads would keep the JVM alive.
    if (code != ExitCode.FINE || ClojureVerb.isUsed()) System.exit(code);
  }

  /** Has the JVM's logger write what the library warns of as the sentences of commands, unless it was told how to write. */
  private static void logInLines() {
    String format = "java.util.logging.SimpleFormatter.format";
    if (System.getProperty(format) == null) System.setProperty(format, "flumelog: %5$s%n");
  }

  /**
   * Runs one command. Its answer goes to standard output, all else to standard error.
   *
   * @param arguments the verb, and its arguments
   * @return the exit code: 0 fine, 1 nothing found, 2 used wrongly, 3 could not, 4 damage
   */
  public static int run(String... arguments) {
    try {
      return arguments.length == 0 ? noVerb() : find(arguments[0], Arrays.copyOfRange(arguments, 1, arguments.length));
    } catch (Throwable thrown) {
      return Failures.report(thrown);
    }
  }

  private static int noVerb() {
    System.err.print(Verbs.HELP);
    return ExitCode.USED_WRONGLY;
  }

  private static int find(String verb, String... arguments) throws Exception {
    switch (verb) {
      case "-h", "--help" -> Output.print(Verbs.HELP);
      case "-V", "--version" -> Output.print(version() + "\n");
      case "help" -> {
        return arguments.length == 0 ? run("--help") : run(arguments[0], "--help");
      }
      case "--jfr" -> {
        if (arguments.length < 2) throw CommandFailures.recordsNothing();
        Recording.begin(arguments[0]);
        return find(arguments[1], Arrays.copyOfRange(arguments, 2, arguments.length));
      }
      default -> {
        return call(verb, arguments);
      }
    }
    return ExitCode.FINE;
  }

  private static int call(String verb, String... arguments) throws Exception {
    String help = Verbs.help(verb);
    if (help == null) throw Failures.noSuchVerb(verb);
    Map<String, Object> given = Arguments.read(Syntax.of(help), arguments);
    Topics.check(verb, given);
    if (!given.containsKey("help")) return Verbs.call(verb, given);
    Output.print(help);
    return ExitCode.FINE;
  }

  private static String version() {
    String version = Main.class.getPackage().getImplementationVersion();
    return "flumelog " + (version == null ? "from its sources" : version);
  }
}
