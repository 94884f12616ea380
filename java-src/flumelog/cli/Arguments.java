package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import flumelog.error.Suggestion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the arguments of a verb, as its help says which it takes. */
final class Arguments {
  private final Syntax syntax;
  private final String[] words;
  private final Map<String, Object> given = new LinkedHashMap<>();
  private final List<String> positionals = new ArrayList<>();
  private int next;

  private Arguments(Syntax syntax, String... words) {
    this.syntax = syntax;
    this.words = words;
  }

  /**
   * What was given, by name: the option {@code --limit} is "limit", the argument LOG is "log". An option without a value is
   * true, and what can be given many times is a list. What was not given is absent.
   *
   * @throws LogException {@code BAD_OPTION}
   */
  static Map<String, Object> read(Syntax syntax, String... words) {
    return new Arguments(syntax, words).read();
  }

  private Map<String, Object> read() {
    while (next < words.length) {
      String word = words[next++];
      if (word.equals("--")) while (next < words.length) positionals.add(words[next++]);
      else if (word.startsWith("-") && word.length() > 1) option(word);
      else positionals.add(word);
    }
    if (!given.containsKey("help")) takePositionals();
    return given;
  }

  private void option(String word) {
    int equals = word.startsWith("--") ? word.indexOf('=') : -1;
    String name = equals < 0 ? word : word.substring(0, equals);
    String joined = equals < 0 ? null : word.substring(equals + 1);
    Syntax.Option option = syntax.option(name);
    if (option == null && !word.startsWith("--") && word.length() > 2) {        // -n3
      name = word.substring(0, 2);
      joined = word.substring(2);
      option = syntax.option(name);
    }
    if (option == null) throw unknown(name);
    refuseTwo(option);
    given.put(option.key(), option.label() == null ? flag(option, joined) : value(option, joined));
  }

  private Object flag(Syntax.Option option, @Nullable String joined) {
    if (joined != null) throw wrong(option.name() + " takes no value");
    return Boolean.TRUE;
  }

  private Object value(Syntax.Option option, @Nullable String joined) {
    if (joined == null && next == words.length) throw wrong(option.name() + " needs " + option.label() + " behind it");
    return typed(option.name(), option.label(), joined == null ? words[next++] : joined);
  }

  /** A number where the label is that of a number, else the word, which is one of those that the label allows. */
  private Object typed(String name, String label, String word) {
    if (Syntax.isNumber(label)) return number(name, label, word);
    List<String> allowed = Syntax.words(label);
    String bare = word.startsWith(":") ? word.substring(1) : word;
    if (allowed.isEmpty()) return word;
    if (!allowed.contains(bare)) throw wrong(name + " takes one of " + String.join(", ", allowed) + ", not " + word);
    return bare;
  }

  /** An offset may be below 0, where nothing is, so that a bound can leave nothing out. */
  private Long number(String name, String label, String word) {
    try {
      Long number = Long.valueOf(word);
      if (number < 0 && !label.equals("OFFSET")) throw wrong(name + " takes a whole number, 0 or more, not " + word);
      return number;
    } catch (NumberFormatException e) {
      String most = word.matches("[+-]?[0-9]+") ? " from " + Long.MIN_VALUE + " to " + Long.MAX_VALUE : "";
      throw wrong(name + " takes a whole number" + most + ", not " + word);
    }
  }

  private void refuseTwo(Syntax.Option option) {
    if (given.containsKey(option.key())) throw wrong(option.name() + " is given twice");
    Syntax.Option other = syntax.other(option, given.keySet());
    if (other != null) throw wrong(other.name() + " and " + option.name() + " can't be given both");
  }

  private void takePositionals() {
    int taken = 0;
    for (Syntax.Positional positional : syntax.positionals()) {
      int left = positionals.size() - taken;
      if (left == 0 && !positional.optional()) throw wrong(positional.label() + " is missing");
      if (left == 0) continue;
      int end = positional.many() ? positionals.size() : taken + 1;
      List<Object> values = new ArrayList<>();
      while (taken < end) values.add(typed(positional.label(), positional.label(), positionals.get(taken++)));
      given.put(positional.key(), positional.many() ? values : values.get(0));
    }
    if (taken < positionals.size()) throw wrong("there is one word too many, " + positionals.get(taken));
  }

  private LogException unknown(String name) {
    Map<String, Syntax.Option> known = syntax.options();
    return OptionFailures.unknownOption(":" + name.replaceFirst("^-+", ""), name, Suggestion.ofOption(name, known.keySet()), known);
  }

  private LogException wrong(String what) {
    return CommandFailures.usedWrongly(syntax.verb(), what);
  }
}
