package flumelog.cli;

import flumelog.error.LogException;
import java.util.Map;

/** The sentence of a failure in the words of the command line, where the library speaks of its functions and of their options. */
final class ShellWords {
  /** Options that the command line calls otherwise. */
  private static final Map<String, String> NAMES = Map.of("offsets", "map");

  private ShellWords() {}

  static String of(LogException failure) {
    String sentence = failure.getMessage()
        .replace("with recover! (in Java Repair.recover)", "with flumelog recover")
        .replaceFirst(", was (nil|null)$", ", and is missing");
    if (failure.kind() != LogException.Kind.BAD_OPTION) return sentence;
    return named(sentence, failure.facts());
  }

  /** Calls the option or the argument as the help does. */
  private static String named(String sentence, Map<String, Object> facts) {
    if (facts.get("option") instanceof String key && sentence.startsWith("option ")) {
      String name = key.substring(1);
      String rest = sentence.substring("option ".length());
      return "--" + NAMES.getOrDefault(name, name) + rest.substring(rest.startsWith(":") ? key.length() : name.length());
    }
    if (facts.get("argument") instanceof String name && sentence.startsWith(name)) {
      if (name.startsWith(":")) return "--" + sentence.substring(1);
      if (name.equals("to")) return "TO" + sentence.substring(2);
    }
    return sentence;
  }
}
