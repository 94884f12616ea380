package flumelog.cli;

import flumelog.error.Suggestion;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is said of arguments that a verb does not take. */
final class UsedWrongly {
  private UsedWrongly() {}

  static String sentence(ParameterException wrong) {
    CommandSpec verb = wrong.getCommandLine().getCommandSpec();
    return what(wrong, verb) + "; see flumelog " + verb.name() + " --help";
  }

  private static String what(ParameterException wrong, CommandSpec verb) {
    if (!(wrong instanceof UnmatchedArgumentException unmatched)) return small(wrong.getMessage());
    String first = unmatched.getUnmatched().get(0);
    if (!first.startsWith("-")) return verb.name() + " has no use for " + first;
    String name = first.replaceAll("=.*", "");
    String meant = Suggestion.ofOption(name, names(verb));
    return "unknown option " + name + (meant == null ? "" : "; did you mean " + meant + "?");
  }

  private static List<String> names(CommandSpec verb) {
    return verb.options().stream().map(option -> option.longestName()).toList();
  }

  private static String small(String sentence) {
    return Character.toLowerCase(sentence.charAt(0)) + sentence.substring(1);
  }
}
