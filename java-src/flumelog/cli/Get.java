package flumelog.cli;

import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.log.Log;
import flumelog.log.RecordKey;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb get. */
final class Get {
  static final String HELP = """
      Usage: flumelog get LOG OFFSET... [OPTIONS]
      Prints the records at the offsets, in their order. The exit code is 1 when no record is at one of them.

      """ + Options.RECORD_KEY + Options.OUTPUT + """

      Examples:
        flumelog get messages.log 0
        flumelog get messages.log 0 546453 --json
      """;

  private Get() {}

  static int run(Map<String, Object> given) throws Exception {
    return Reading.run(given, log -> {
      Printer printer = Printer.of(log, given);
      boolean areAllThere = true;
      RecordKey key = RecordKey.named(given.get("key"));
      for (Object asked : (List<?>) given.get("offset")) {
        byte[] data = data(log, key, (Long) asked);
        if (data == null) areAllThere = false;
        else printer.print((Long) asked, (Long) asked, data);
      }
      int code = printer.finish();
      return code == ExitCode.FINE && !areAllThere ? ExitCode.NOTHING_FOUND : code;
    });
  }

  /** The data of the record with that key, or null, after saying why there is none. */
  private static byte @Nullable [] data(Log log, RecordKey key, long asked) {
    try {
      long offset = key == RecordKey.START ? asked : log.offsetOfEnding(asked);
      if (offset < 0 && key == RecordKey.END) throw RecordFailures.notAnEnd(log.path(), asked, end(log));
      return log.fetch(offset);
    } catch (LogException e) {
      if (e.kind() != LogException.Kind.NOT_A_RECORD && e.kind() != LogException.Kind.DELETED) throw e;
      Output.say(ShellWords.of(e));
      return null;
    }
  }

  private static long end(Log log) {
    return log.info().get("end") instanceof Number end ? end.longValue() : log.since().get() + 1;
  }
}
