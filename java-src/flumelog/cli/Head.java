package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.log.LogHead;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import java.util.Map;

/** The verb head. */
final class Head {
  static final String HELP = """
      Usage: flumelog head LOG [OPTIONS]
      Prints what a sealed log is now. Keep it in a place that nobody who can change the log can change. verify --head compares it later.

        --json             print it as JSON; else as EDN

      Examples:
        flumelog head messages.log > messages.head
        flumelog head messages.log --trust audit.key.pub --json
      """;

  private Head() {}

  static int run(Map<String, Object> given) throws Exception {
    return Reading.runOnFile(given, log -> {
      LogHead head = log.sealed().head();
      if (head == null) throw CommandFailures.noSeal(log.path());
      Output.print(Facts.text(head, given.containsKey("json")) + "\n");
      return ExitCode.FINE;
    });
  }

  /** Writes a seal, and prints what it says. A log that has none is refused before anything is written. */
  static int seal(Map<String, Object> given) throws Exception {
    int code = Reading.runOnFile(given, log -> {
      log.sealed();
      return ExitCode.FINE;
    });
    if (code != ExitCode.FINE) return code;
    LogOptions options = KeyFile.with(LogOptions.defaults().withCreate(false), given);
    try (OffsetLog log = Reading.open(Reading.path(given), options)) {
      Output.print(Facts.text(log.sealed().seal(), given.containsKey("json")) + "\n");
      return ExitCode.FINE;
    }
  }
}
