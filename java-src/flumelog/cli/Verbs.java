package flumelog.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The verbs. A new one needs a name here, a line in the help, and a class. */
final class Verbs {
  static final List<String> NAMES = List.of("cat");

  static final String HELP = """
      Usage: flumelog VERB LOG [OPTIONS]
      Looks at an append-only log in a file, and works on it. Verbs that look write nothing, and lock nobody out.

        cat        print records: a range of them, those that match, as EDN, JSON or bytes

      flumelog VERB --help says more of each. Answers go to standard output, all else to standard error.
      Exit codes: 0 fine, 1 nothing found, 2 used wrongly, 3 could not, 4 damage.
      """;

  private Verbs() {}

  /** The verb with the name; null if there is none. Only its class is loaded. */
  static @Nullable Verb named(String name) {
    return switch (name) {
      case "cat" -> new Cat();
      default -> null;
    };
  }
}
