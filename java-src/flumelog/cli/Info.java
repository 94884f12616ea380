package flumelog.cli;

import flumelog.codec.Looks;
import flumelog.log.Cursor;
import flumelog.log.Log;
import flumelog.log.OffsetLog;
import flumelog.log.Progress;
import flumelog.log.RecoveryReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The verb info. It loads no Clojure. */
final class Info {
  static final String HELP = """
      Usage: flumelog info LOG [OPTIONS]
      Says what the file is: its format, how long it is, its last record, and whether its end is whole. It reads only a
      few records of a log that was closed well; of any other it reads what is not known to be whole.

        --json             print the facts as an object of JSON

      Examples:
        flumelog info messages.log
        flumelog info messages.log --json
      """;

  /** A count that is not known already is not worth reading more than this. */
  private static final long MOST_COUNTED_BYTES = 64 << 20;

  private Info() {}

  static int run(Map<String, Object> given) throws IOException {
    try (Log log = Reading.open(given)) {
      Map<String, Object> facts = log instanceof OffsetLog file ? facts(file) : factsOfTopic(log);
      Output.print(given.containsKey("json") ? json(facts) : lines(facts));
      String damage = Damage.of(log);
      if (damage == null) return ExitCode.FINE;
      System.err.println("flumelog: " + damage);
      return ExitCode.DAMAGE;
    }
  }

  private static Map<String, Object> facts(OffsetLog log) {
    RecoveryReport found = log.recovery();
    Map<String, Object> all = log.info();
    Map<String, Object> facts = new LinkedHashMap<>();
    for (String name : new String[] {"path", "framing", "offset-bits", "protect"}) if (all.containsKey(name)) facts.put(name, all.get(name));
    if (all.containsKey("protect") || Files.exists(Path.of(log.path() + ".checkpoint"))) facts.put("id", all.get("id")); // else each opening makes one up
    facts.put("size", found.fileSize());
    facts.put("end", all.get("end"));
    facts.put("since", all.get("since"));
    Long records = count(log);
    if (records != null) facts.put("records", records);
    String codec = codec(log);
    if (codec != null) facts.put("looks-like", codec);
    facts.put("tail", found.get("tail"));
    return facts;
  }

  private static Map<String, Object> factsOfTopic(Log log) {
    Map<String, Object> all = log.info();
    Map<String, Object> facts = new LinkedHashMap<>();
    for (String name : new String[] {"path", "topic-id", "protect", "begin", "since", "durability", "replication", "min-insync"}) {
      if (all.get(name) != null) facts.put(name, all.get(name));
    }
    String codec = codec(log);
    if (codec != null) facts.put("looks-like", codec);
    return facts;
  }

  /** How many records are present; null if only a long reading could tell. */
  private static @Nullable Long count(OffsetLog log) {
    try {
      return log.count(new Progress() {
        @Override
        public void at(long done, long total) {
          if (done > MOST_COUNTED_BYTES) throw new TooLong();
        }
      });
    } catch (TooLong e) {
      return null;
    }
  }

  /** The codec that the first record shows, or else the last; null if neither does. */
  private static @Nullable String codec(Log log) {
    Cursor cursor = log.cursor();
    String first = cursor.next() ? Looks.like(cursor.data()) : null;
    if (first != null) return first.substring(1);
    String last = cursor.seek(Long.MAX_VALUE).prev() ? Looks.like(cursor.data()) : null;
    return last == null ? null : last.substring(1);
  }

  private static String lines(Map<String, Object> facts) {
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, Object> fact : facts.entrySet()) {
      text.append(fact.getKey()).append(" ".repeat(14 - fact.getKey().length())).append(fact.getValue()).append('\n');
    }
    return text.toString();
  }

  private static String json(Map<String, Object> facts) {
    StringBuilder text = new StringBuilder("{");
    for (Map.Entry<String, Object> fact : facts.entrySet()) {
      if (text.length() > 1) text.append(',');
      text.append('"').append(fact.getKey()).append("\":");
      if (fact.getValue() instanceof Number number) text.append(number);
      else quote(String.valueOf(fact.getValue()), text);
    }
    return text.append("}\n").toString();
  }

  private static void quote(String value, StringBuilder text) {
    text.append('"');
    for (char c : value.toCharArray()) {
      if (c == '"' || c == '\\') text.append('\\').append(c);
      else if (c < ' ') text.append("\\u00").append(Character.forDigit(c >> 4, 16)).append(Character.forDigit(c & 15, 16));
      else text.append(c);
    }
    text.append('"');
  }

  private static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooLong() {
      super(null, null, false, false);
    }
  }
}
