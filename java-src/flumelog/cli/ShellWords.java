package flumelog.cli;

import flumelog.error.LogException;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The sentence of a failure in the words of the command line, where the library speaks of its functions and of their options. */
final class ShellWords {
  /** Options that the command line calls otherwise. */
  private static final Map<String, String> NAMES = Map.of("offsets", "map");

  /** What the library says, as a regular expression, and what is said here instead. FILE stands for the path of the log. */
  private static final String[][] INSTEAD = {
      {"if it is to become an empty log, cut it at 0 with recover! \\(in Java Repair\\.recover\\), which keeps",
          "if it is to become an empty log, flumelog recover FILE --cut-at 0 makes it one, and keeps"},
      {"open it for reading to get the records before the damage, salvage what is good into a new file, or cut it at (\\d+) with"
          + " recover! \\(in Java Repair\\.recover\\)",
          "flumelog cat prints the records before the damage, flumelog salvage copies what is whole, and flumelog recover FILE"
              + " --cut-at $1 cuts it there"},
      {"open it with the codec :(\\w+)", "take --codec $1"},
      {"open it with their codec", "take their codec"},
      {", or with :mixed-codecs true to append records that readers of the others can't read", ""},
      {"not what the options name; open it without framing and offset-bits in the options",
          "not what the options say; leave --framing and --offset-bits out"},
      {"name the right framing or offset-bits in the options", "say the right one with --framing or --offset-bits"},
      {"; free some space and open it again, or open it for reading, which needs no space", "; free some space"},
      {": open it with :protect \\{:key k\\}, or for reading with :protect :none to get the encrypted bytes", ": --key-file gives it"},
      {", or open it for reading", ""},
      {" is :(flume|legacy) with ", " is $1 with "},
      {"name another, or give :create \\{:replication n :min-insync n\\} to make one", "name another, or one that"
          + " append, import or copy --replication N makes"},
      {"give what they ask for in :properties", "give what they ask for in the file of --kafka-config"},
      {"where :([a-z-]+) is", "where --$1 is"}};
  private static final Pattern PLAIN_NAME = Pattern.compile("[\\w./+@%,:-]+");

  private ShellWords() {}

  static String of(LogException failure) {
    String sentence = withCommands(failure).replaceFirst(", was (nil|null)$", ", and is missing");
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

  private static String withCommands(LogException failure) {
    String sentence = failure.getMessage();
    String file = quoted(String.valueOf(failure.facts().get("path")));
    for (String[] instead : INSTEAD) {
      sentence = Pattern.compile(instead[0]).matcher(sentence).replaceAll(instead[1].replace("FILE", Matcher.quoteReplacement(file)));
    }
    return sentence;
  }

  /** A name as a word of the shell. */
  private static String quoted(String name) {
    return PLAIN_NAME.matcher(name).matches() ? name : "'" + name.replace("'", "'\\''") + "'";
  }
}
