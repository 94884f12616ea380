package flumelog.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verbs. A new one needs a name, a line in the help, and its own help here. */
final class Verbs {
  static final List<String> NAMES = List.of("cat", "serve");

  static final String HELP = """
      Usage: flumelog VERB LOG [OPTIONS]
      Looks at an append-only log in a file, and works on it. Verbs that look write nothing, and lock nobody out.

        cat        print records: a range of them, those that match, as EDN, JSON or bytes
        serve      show the log in the browser: records, one as bytes, a search, what is appended

      flumelog VERB --help says more of each. Answers go to standard output, all else to standard error.
      Exit codes: 0 fine, 1 nothing found, 2 used wrongly, 3 could not, 4 damage.
      """;

  private Verbs() {}

  /** The help of the verb, with the options that every verb has; null if there is no such verb. */
  static @Nullable String help(String verb) {
    String own = own(verb);
    return own == null ? null : own.replace("\nExamples:\n", "\n" + Options.COMMON + "\nExamples:\n");
  }

  private static @Nullable String own(String verb) {
    return switch (verb) {
      case "cat" -> Cat.HELP;
      case "serve" -> Serve.HELP;
      default -> null;
    };
  }

  /** Does what was asked for. Most verbs do it in Clojure. */
  static int call(String verb, Map<String, Object> given) {
    return ClojureVerb.run(verb, given);
  }
}
