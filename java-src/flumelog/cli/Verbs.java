package flumelog.cli;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verbs. A new one needs a name, a line in the help, and its own help here. */
final class Verbs {
  static final List<String> NAMES = List.of(
      "info", "cat", "tail", "get", "append",
      "stats", "view", "bench", "serve",
      "verify", "head", "seal", "prove", "recover", "salvage", "convert", "copy", "compact", "backup", "export", "import", "delete",
      "keygen", "completion");

  static final String HELP = """
      Usage: flumelog VERB LOG [OPTIONS]
      Looks at an append-only log in a file, and works on it. Verbs that look write nothing, and lock nobody out.
      Where the log is in a topic of Kafka, LOG is kafka://HOST:PORT/TOPIC; most verbs take it.

        info       what the file is: its format, its length, its last record
        cat        print records: a range of them, those that match, as EDN, JSON or bytes
        tail       print the last records, and those that come
        get        print the records at some offsets
        append     append lines of standard input as records
        stats      count what is in the log: sizes, growth, keys and types; a page with pictures
        view       ask the views of a log, which programs keep, or rebuild them
        bench      measure this disk, in a folder: appends, forces, scans, gets
        serve      show the log in the browser: records, one as bytes, a search, what is appended
        verify     read all of a log, and say what is wrong with it
        head       what a sealed log is now, to be kept elsewhere
        seal       write a seal behind the last record of a sealed log
        prove      a proof of a record of a sealed log, or that it goes on from a head
        recover    cut a damaged log where the damage begins, or say what would be cut
        salvage    copy what is whole in a damaged log
        convert    copy a log to another framing, width or protection
        copy       copy a log, or a range of it, to another codec, format or protection
        compact    give back the space of deleted records
        backup     copy a log that is in use, or only what is new in it
        export     write records as lines of JSON or EDN
        import     append records from such lines, or from a log.bipf
        delete     overwrite records with zeros
        keygen     make a key for encrypted or signed logs, in a new file
        completion print a script with which bash or zsh completes verbs and options

      flumelog --jfr FILE VERB LOG lets JDK Flight Recorder record the command into a new file.
      flumelog VERB --help says more of each. Answers go to standard output, all else to standard error.
      Exit codes: 0 fine, 1 nothing found, 2 used wrongly, 3 could not, 4 damage.
      """;

  private Verbs() {}

  /** The help of the verb, with the options that every verb has; null if there is no such verb. */
  static @Nullable String help(String verb) {
    String own = own(verb);
    if (own == null) return null;
    boolean takesKey = own.startsWith("Usage: flumelog " + verb + " LOG") && !own.contains("--key-file FILE");
    return own.replace("\nExamples:\n", "\n" + (takesKey ? Options.KEY : "") + (Topics.VERBS.contains(verb) ? Options.TOPIC : "") + Options.COMMON + "\nExamples:\n");
  }

  private static @Nullable String own(String verb) {
    return switch (verb) {
      case "info" -> Info.HELP;
      case "cat" -> Cat.HELP;
      case "tail" -> Tail.HELP;
      case "get" -> Get.HELP;
      case "append" -> Append.HELP;
      case "stats" -> Stats.HELP;
      case "view" -> View.HELP;
      case "bench" -> Bench.HELP;
      case "serve" -> Serve.HELP;
      case "verify" -> Verify.HELP;
      case "head" -> Head.HELP;
      case "seal" -> Seal.HELP;
      case "prove" -> Prove.HELP;
      case "recover" -> Recover.HELP;
      case "salvage" -> Salvage.HELP;
      case "convert" -> Convert.HELP;
      case "copy" -> Copy.HELP;
      case "compact" -> Compact.HELP;
      case "backup" -> Backup.HELP;
      case "export" -> Export.HELP;
      case "import" -> Import.HELP;
      case "delete" -> Delete.HELP;
      case "keygen" -> Keygen.HELP;
      case "completion" -> Completion.HELP;
      default -> null;
    };
  }

  /** Does what was asked for. Most verbs do it in Clojure. */
  static int call(String verb, Map<String, Object> given) throws Exception {
    return switch (verb) {
      case "info" -> Info.run(given);
      case "cat" -> Cat.run(given);
      case "tail" -> Tail.run(given);
      case "get" -> Get.run(given);
      case "append" -> Append.run(given);
      case "verify" -> Verify.run(given);
      case "head" -> Head.run(given);
      case "seal" -> Head.seal(given);
      case "prove" -> Prove.run(given);
      case "keygen" -> Keygen.run(given);
      case "completion" -> Completion.run(given);
      default -> ClojureVerb.run(verb, given);
    };
  }

  /** What the help says of the verb in a line. */
  static String inShort(String verb) {
    for (String line : HELP.split("\n")) if (line.startsWith("  " + verb + " ")) return line.substring(verb.length() + 2).trim();
    throw new IllegalStateException(verb);
  }
}
