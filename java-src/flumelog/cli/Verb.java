package flumelog.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A verb of the command line. Its subclass has the options and the help, as annotations. */
abstract class Verb {
  @Spec
  CommandSpec spec;

  @Option(names = {"-h", "--help"}, usageHelp = true, description = "print this help")
  boolean help;

  /** Does what was asked for, and returns the exit code. Most verbs do it in Clojure. */
  int call() throws Exception {
    return ClojureVerb.run(spec.name(), given());
  }

  /** What was given on the command line, by name: the option {@code --limit} is "limit", the argument LOG is "log". */
  final Map<String, Object> given() {
    Map<String, Object> given = new LinkedHashMap<>();
    for (ArgSpec arg : spec.commandLine().getParseResult().matchedArgs()) given.put(nameOf(arg), arg.getValue());
    return given;
  }

  private static String nameOf(ArgSpec arg) {
    if (arg instanceof OptionSpec option) return option.longestName().replaceFirst("^--?", "");
    return arg.paramLabel().toLowerCase(java.util.Locale.ROOT);
  }
}
