package flumelog.cli;

import flumelog.error.OptionFailures;
import flumelog.log.Log;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Map;

/** Opens a log for a verb that reads. It takes no lock and writes nothing. */
final class Reading {
  /** What a verb does with the log. */
  interface Verb {
    /** {@return the exit code} */
    int run(Log log) throws Exception;
  }

  /** The work of a verb on a log that can only be a file. */
  interface FileVerb {
    /** {@return the exit code} */
    int run(OffsetLog log) throws Exception;
  }

  private Reading() {}

  /** As {@link #run}, for a verb that takes no topic. */
  static int runOnFile(Map<String, Object> given, FileVerb verb) throws Exception {
    return run(given, log -> verb.run((OffsetLog) log));
  }

  /** Calls the verb with the log. Returns its exit code, or that of damage, which it says. */
  static int run(Map<String, Object> given, Verb verb) throws Exception {
    if (given.containsKey("where")) ClojureVerb.prepareLines();
    try (Log log = open(given)) {
      int code = verb.run(log);
      String damage = Damage.of(log);
      if (damage == null) return code;
      Output.say(damage);
      return ExitCode.DAMAGE;
    } finally {
      Output.flush();
    }
  }

  /** Opens the log that was given, a file or a topic. */
  static Log open(Map<String, Object> given) throws IOException {
    if (Topics.isOne(given.get("log"))) return Topics.open(given, false);
    return open(path(given), KeyFile.with(LogOptions.defaults().readOnly(), given));
  }

  /** Opens the log in a file, and shows how far that is where it takes long. */
  static OffsetLog open(Path path, LogOptions options) {
    try (FirstScan shown = new FirstScan()) {
      return OffsetLog.open(path, options.withProgress(shown));
    }
  }

  static Path path(Map<String, Object> given) {
    String name = (String) given.get("log");
    if (name.isEmpty()) throw OptionFailures.badArgument("path", name, "a string that is not empty");
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw OptionFailures.badArgument("path", name, "a path of this file system (" + e.getMessage() + ")");
    }
  }
}
