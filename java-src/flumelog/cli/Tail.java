package flumelog.cli;

import flumelog.log.Cursor;
import flumelog.log.Entry;
import flumelog.log.LiveCursor;
import flumelog.log.LiveOptions;
import flumelog.log.Log;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;

/** The verb tail. */
final class Tail {
  static final String HELP = """
      Usage: flumelog tail LOG [OPTIONS]
      Prints the last records, the oldest of them first, and with --follow those that come, also from another process.

        -n, --lines N      how many of the last records that match; 10 if absent
        -f, --follow       wait for new records, and print each as it comes
      """ + Options.RECORD_KEY + Options.FILTER + Options.OUTPUT + """

      Examples:
        flumelog tail messages.log -n 3 --offsets
        flumelog tail messages.log -n 0 -f --where '[:= [:value :author] "x"]'
      """;

  private Tail() {}

  private static final long USUAL_LINES = 10;

  static int run(Map<String, Object> given) throws Exception {
    return Reading.run(given, log -> {
      boolean follows = given.containsKey("follow");
      long since = log.since().get();
      if (since < 0 && !follows) return ExitCode.NOTHING_FOUND;
      if (follows) ClosedPipe.watch();
      while (!log.since().await(0, Long.MAX_VALUE)) Thread.onSpinWait();    // the first record shows the codec
      Printer printer = Printer.of(log, given);
      printNewest(log, since, given.get("lines") instanceof Long lines ? lines : USUAL_LINES, printer);
      if (follows) follow(log, since, printer);
      return printer.finish();
    });
  }

  private static void printNewest(Log log, long since, long lines, Printer printer) throws IOException {
    Deque<Entry> newest = new ArrayDeque<>();
    Cursor cursor = log.cursor().seek(since + 1);
    while (newest.size() < lines && cursor.prev()) {
      byte[] data = cursor.data();
      if (data != null && printer.isAsked(cursor.offset(), data)) newest.push(new Entry(cursor.offset(), data, cursor.end()));
    }
    cursor.release();
    for (Entry entry : newest) printer.print(entry.offset(), entry.end(), entry.data());
    Output.flush();
  }

  private static void follow(Log log, long since, Printer printer) throws IOException, InterruptedException {
    LiveCursor cursor = new LiveCursor(log, LiveOptions.all().after(since));
    while (cursor.next()) {
      byte[] data = cursor.data();
      if (data == null) continue;
      printer.print(cursor.offset(), cursor.end(), data);
      Output.flush();
    }
  }
}
