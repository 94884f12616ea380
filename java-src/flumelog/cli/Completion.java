package flumelog.cli;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/** The verb completion: a script with which bash or zsh completes verbs and options, made from what the help of each says. */
final class Completion {
  static final String HELP = """
      Usage: flumelog completion SHELL [OPTIONS]
      Prints a script with which the shell, bash or zsh, completes verbs, options and names of files.

      Examples:
        source <(flumelog completion bash)
        flumelog completion zsh > "${fpath[1]}/_flumelog"
      """;

  private static final String CODECS = "edn nippy json utf8 bytes";

  private Completion() {}

  static int run(Map<String, Object> given) {
    Object shell = given.get("shell");
    if (!shell.equals("bash") && !shell.equals("zsh")) throw Failures.noSuchShell(shell);
    System.out.print(shell.equals("bash") ? bash() : zsh());
    return ExitCode.FINE;
  }

  private static Iterable<Syntax.Option> optionsOf(String verb) {
    return new LinkedHashSet<>(Syntax.of(Verbs.help(verb)).options().values());
  }

  private static String bash() {
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
            words='VERBS --help --version'
          elif [[ $before = --codec ]]; then
            words='CODECS'
          elif [[ $word = -* ]]; then
            case ${COMP_WORDS[1]} in
        CASES    esac
          else
            COMPREPLY=($(compgen -f -- "$word"))
            return
          fi
          COMPREPLY=($(compgen -W "$words" -- "$word"))
        }
        complete -o filenames -F _flumelog flumelog
        """.replace("CASES", cases).replace("CODECS", CODECS).replace("VERBS", String.join(" ", Verbs.NAMES));
  }

  private static String zsh() {
    StringBuilder verbs = new StringBuilder();
    StringBuilder cases = new StringBuilder();
    for (String verb : Verbs.NAMES) {
      verbs.append("    ").append(quoted(verb + ":" + Verbs.inShort(verb))).append('\n');
      cases.append("    ").append(verb).append(") _arguments");
      for (Syntax.Option option : optionsOf(verb)) cases.append(" \\\n        ").append(quoted(zsh(option)));
      cases.append(" \\\n        '*:file:_files' ;;\n");
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

  private static String values(String label) {
    return switch (label) {
      case "CODEC" -> "(" + CODECS + ")";
      case "FILE", "TO", "VIEWS" -> "_files";
      default -> "";
    };
  }

  private static String quoted(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
