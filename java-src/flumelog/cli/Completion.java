package flumelog.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The verb completion: a script with which bash or zsh completes verbs and options, made from what the help of each says. */
final class Completion {
  static final String HELP = """
      Usage: flumelog completion SHELL [OPTIONS]
      Prints a script with which the shell, bash or zsh, completes verbs, options and names of files.

      Examples:
        source <(flumelog completion bash)
        flumelog completion zsh > "${fpath[1]}/_flumelog"
      """;

  private Completion() {}

  static int run(Map<String, Object> given) throws IOException {
    Output.print(given.get("shell").equals("bash") ? bash() : zsh());
    return ExitCode.FINE;
  }

  private static Iterable<Syntax.Option> optionsOf(String verb) {
    return new LinkedHashSet<>(Syntax.of(Verbs.help(verb)).options().values());
  }

  /** The options whose values are words, and these words: {@code "--codec|--to-codec"} and {@code "edn nippy"}. */
  private static Map<String, String> values() {
    Map<String, LinkedHashSet<String>> options = new TreeMap<>();
    for (String verb : Verbs.NAMES) {
      for (Syntax.Option option : optionsOf(verb)) {
        String words = option.label() == null ? "" : String.join(" ", Syntax.words(option.label()));
        if (!words.isEmpty()) options.computeIfAbsent(words, key -> new LinkedHashSet<>()).add(option.name());
      }
    }
    Map<String, String> values = new TreeMap<>();
    options.forEach((words, names) -> values.put(String.join("|", names), words));
    return values;
  }

  private static String bash() {
    StringBuilder values = new StringBuilder();
    values().forEach((names, words) -> values.append("    ").append(names).append(") words='").append(words).append("' ;;\n"));
    StringBuilder cases = new StringBuilder();
    for (String verb : Verbs.NAMES) {
      List<String> names = new ArrayList<>();
      for (Syntax.Option option : optionsOf(verb)) names.add(option.name());
      cases.append("        ").append(verb).append(") words='").append(String.join(" ", names)).append("' ;;\n");
    }
    return """
        # Completion of flumelog for bash.
        _flumelog() {
          local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]} words=
          if [ "$COMP_CWORD" = 1 ]; then
            words='VERBS --help --version --jfr'
          else
            case $before in
        VALUES      completion) [ "$COMP_CWORD" = 2 ] && words='SHELLS' ;;
            esac
            [ "${COMP_WORDS[1]}$COMP_CWORD" = view3 ] && words='ACTIONS'
          fi
          if [[ -z $words && $word = -* ]]; then
            case ${COMP_WORDS[1]} in
        CASES    esac
          elif [ -z "$words" ]; then
            COMPREPLY=($(compgen -f -- "$word"))
            return
          fi
          COMPREPLY=($(compgen -W "$words" -- "$word"))
        }
        complete -o filenames -F _flumelog flumelog
        """.replace("CASES", cases).replace("VALUES", values).replace("SHELLS", String.join(" ", Syntax.words("SHELL")))
        .replace("ACTIONS", String.join(" ", Syntax.words("ACTION"))).replace("VERBS", String.join(" ", Verbs.NAMES));
  }

  private static String zsh() {
    StringBuilder verbs = new StringBuilder();
    StringBuilder cases = new StringBuilder();
    for (String verb : Verbs.NAMES) {
      verbs.append("    ").append(quoted(verb + ":" + Verbs.inShort(verb))).append('\n');
      cases.append("    ").append(verb).append(") _arguments");
      for (Syntax.Option option : optionsOf(verb)) cases.append(" \\\n        ").append(quoted(zsh(option)));
      for (Syntax.Positional argument : Syntax.of(Verbs.help(verb)).positionals()) cases.append(" \\\n        ").append(quoted(zsh(argument)));
      cases.append(" ;;\n");
    }
    return """
        #compdef flumelog
        # Completion of flumelog for zsh.
        _flumelog() {
          local -a verbs
          verbs=(
        VERBS  )
          if (( CURRENT == 2 )); then
            _describe verb verbs
            compadd -- --help --version --jfr
            return
          fi
          local verb=$words[2]
          shift words
          (( CURRENT-- ))
          case $verb in
        CASES  esac
        }
        if [ "$funcstack[1]" = _flumelog ]; then _flumelog "$@"; else compdef _flumelog flumelog; fi
        """.replace("CASES", cases).replace("VERBS", verbs);
  }

  private static String zsh(Syntax.Option option) {
    String description = option.description().replace(":", "\\:").replace("[", "\\[").replace("]", "\\]");
    String value = option.label() == null ? "" : ":" + option.label() + ":" + values(option.label());
    return option.name() + "[" + description + "]" + value;
  }

  private static String zsh(Syntax.Positional argument) {
    return (argument.many() ? "*" : "") + (argument.optional() && !argument.many() ? "::" : ":") + argument.label() + ":" + values(argument.label());
  }

  private static String values(String label) {
    if (!Syntax.words(label).isEmpty()) return "(" + String.join(" ", Syntax.words(label)) + ")";
    return switch (label) {
      case "LOG", "FILE", "TO" -> "_files";
      case "FOLDER" -> "_files -/";
      default -> " ";
    };
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
