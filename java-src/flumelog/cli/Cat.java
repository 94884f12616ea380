package flumelog.cli;

import flumelog.log.Cursor;
import flumelog.log.Log;
import flumelog.log.Range;
import flumelog.log.RecordKey;
import java.io.IOException;
import java.util.Map;

/** The verb cat. */
final class Cat {
  static final String HELP = """
      Usage: flumelog cat LOG [OPTIONS]
      Prints records, one a line, the oldest first.

        -n, --limit N      at most N records
      """ + Options.RANGE + Options.RECORD_KEY + Options.FILTER + Options.OUTPUT + """

      Examples:
        flumelog cat messages.log --reverse --limit 10
        flumelog cat messages.log --where '[:= [:value :author] "x"]' --json --offsets
      """;

  private Cat() {}

  static int run(Map<String, Object> given) throws Exception {
    return Reading.run(given, log -> {
      Printer printer = Printer.of(log, given);
      print(log, range(given), printer);
      return printer.finish();
    });
  }

  private static Range range(Map<String, Object> given) {
    Range range = Range.all().by(RecordKey.named(given.get("key"))).inOrder(!given.containsKey("reverse"));
    if (given.get("gt") instanceof Long offset) range = range.after(offset);
    if (given.get("gte") instanceof Long offset) range = range.from(offset);
    if (given.get("lt") instanceof Long offset) range = range.before(offset);
    if (given.get("lte") instanceof Long offset) range = range.to(offset);
    return range;
  }

  private static void print(Log log, Range range, Printer printer) throws IOException {
    boolean reverse = range.reverse();
    RecordKey key = range.key();
    Cursor cursor = key.seek(log.cursor(), reverse ? range.high() : range.low());
    while (!printer.isDone() && (reverse ? key.prevDownTo(cursor, range.low()) : cursor.next() && key.of(cursor) < range.high())) {
      byte[] data = cursor.data();
      if (data != null) printer.print(cursor.offset(), cursor.end(), data);
    }
    cursor.release();
  }
}
