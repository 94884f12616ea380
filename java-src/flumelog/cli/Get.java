package flumelog.cli;

import flumelog.error.LogException;
import flumelog.log.Log;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb get. */
final class Get {
  static final String HELP = """
      Usage: flumelog get LOG OFFSET... [OPTIONS]
      Prints the records at the offsets, in their order. The exit code is 1 when no record is at one of them.

      """ + Options.OUTPUT + """

      Examples:
        flumelog get messages.log 0
        flumelog get messages.log 0 546453 --json
      """;

  private Get() {}

  static int run(Map<String, Object> given) throws Exception {
    return Reading.run(given, log -> {
      Printer printer = Printer.of(log, given);
      boolean areAllThere = true;
      for (Object offset : (List<?>) given.get("offset")) {
        byte[] data = data(log, (Long) offset);
        if (data == null) areAllThere = false;
        else printer.print((Long) offset, data);
      }
      int code = printer.finish();
      return code == ExitCode.FINE && !areAllThere ? ExitCode.NOTHING_FOUND : code;
    });
  }

  /** The data of the record at the offset, or null, after saying why there is none. */
  private static byte @Nullable [] data(Log log, long offset) {
    try {
      return log.fetch(offset);
    } catch (LogException e) {
      if (e.kind() != LogException.Kind.NOT_A_RECORD && e.kind() != LogException.Kind.DELETED) throw e;
      Output.say(ShellWords.of(e));
      return null;
    }
  }
}
