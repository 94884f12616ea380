package flumelog.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which arguments a verb takes. Its help is the only place that says so:
 *
 * <pre>
 * Usage: flumelog VERB LOG TO [OFFSET...] [OPTIONS]     arguments: one in brackets may be absent, one with dots is many
 *
 *   --reverse          what an option without a value does
 *   -n, --limit N      what an option with a value does, and its short name
 *
 * One of:                                               of the options below such a line only one can be given
 *   --edn              what it does
 * </pre>
 *
 * <p>An empty line ends a list of options. The value of an option is a whole number when its label is one of {@link #NUMBERS}, and one of a
 * few words when {@link #words} knows its label.
 */
final class Syntax {
  /** The labels of values that are whole numbers. */
  private static final Set<String> NUMBERS = Set.of("N", "OFFSET", "POSITION", "BYTES", "BITS", "SECONDS", "MILLIS", "PORT");

  /** @param label of its value; null if it has none
   *  @param group the number of its list of options of which only one can be given; 0 if it is in none */
  record Option(String name, @Nullable String label, String description, int group) {
    String key() {
      return name.substring(2);
    }
  }

  record Positional(String label, boolean optional, boolean many) {
    String key() {
      return label.toLowerCase(Locale.ROOT);
    }
  }

  private final String verb;
  private final List<Positional> positionals = new ArrayList<>();
  /** By name; those with a short name are there twice. */
  private final Map<String, Option> options = new LinkedHashMap<>();

  private Syntax(String verb) {
    this.verb = verb;
  }

  static Syntax of(String help) {
    String[] lines = help.split("\n");
    String[] usage = lines[0].split(" ");                     // Usage: flumelog VERB LOG [OPTIONS]
    Syntax syntax = new Syntax(usage[2]);
    for (int i = 3; i < usage.length; i++) if (!usage[i].equals("[OPTIONS]")) syntax.positionals.add(positional(usage[i]));
    int groups = 0;
    boolean oneOf = false;
    for (String line : lines) {
      if (line.isEmpty()) oneOf = false;
      if (line.equals("One of:")) {
        oneOf = true;
        groups++;
      }
      if (line.startsWith("  -")) syntax.add(line.trim(), oneOf ? groups : 0);
    }
    return syntax;
  }

  private static Positional positional(String word) {
    boolean optional = word.startsWith("[");
    boolean many = word.contains("...");
    return new Positional(word.replace("[", "").replace("]", "").replace("...", ""), optional, many);
  }

  /** @param line as {@code -n, --limit N      at most N records} */
  private void add(String line, int group) {
    int gap = line.indexOf("  ");
    String[] names = line.substring(0, gap < 0 ? line.length() : gap).replace(",", "").split(" ");
    int at = names[0].startsWith("--") ? 0 : 1;
    String label = names.length > at + 1 ? names[at + 1] : null;
    Option option = new Option(names[at], label, gap < 0 ? "" : line.substring(gap).trim(), group);
    options.put(names[at], option);
    if (at == 1) options.put(names[0], option);
  }

  static boolean isNumber(String label) {
    return NUMBERS.contains(label);
  }

  /** The words that a value with this label may be; none when it may be any. */
  static List<String> words(String label) {
    return switch (label) {
      case "CODEC" -> List.of("edn", "nippy", "json", "utf8", "bytes");
      case "PROTECTION" -> List.of("checked", "sealed", "none");
      case "KEY" -> List.of("start", "end");
      case "FRAMING" -> List.of("flume", "legacy");
      case "SHELL" -> List.of("bash", "zsh");
      case "ACTION" -> List.of("status", "lookup", "query", "rebuild");
      default -> List.of();
    };
  }

  String verb() {
    return verb;
  }

  List<Positional> positionals() {
    return positionals;
  }

  Map<String, Option> options() {
    return options;
  }

  @Nullable Option option(String name) {
    return options.get(name);
  }

  /** An option that was given and can't be beside this one; null if there is none. */
  @Nullable Option other(Option option, Set<String> given) {
    if (option.group() == 0) return null;
    for (Option other : options.values()) if (other.group() == option.group() && given.contains(other.key())) return other;
    return null;
  }
}
