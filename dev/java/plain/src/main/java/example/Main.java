package example;

import static java.nio.charset.StandardCharsets.UTF_8;

import flumelog.log.OffsetLog;
import java.nio.file.Path;
import java.util.List;

/** Keeps the words it is called with in the log that is named first, and prints all that the log has. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    try (OffsetLog log = OffsetLog.open(Path.of(args[0]))) {
      for (String word : List.of(args).subList(1, args.length)) {
        log.append(word.getBytes(UTF_8));
      }
      log.stream().forEach(entry -> System.out.println(entry.offset() + " " + new String(entry.data(), UTF_8)));
    }
  }
}
