package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.error.LogException;
import flumelog.log.LogHead;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Date;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A head in a file, as {@code flumelog head} or a program prints it: in EDN or in JSON. It is read without Clojure. */
final class HeadFile {
  private static final Pattern FACT =
      Pattern.compile("[:\"](id|size|end|root|time|signature)\"?\\s*:?\\s*(?:#inst\\s*)?(?:\"([^\"]*)\"|(\\d{1,18}))");
  private static final long MOST_BYTES = 1 << 16;

  private HeadFile() {}

  /** Null if none was given. */
  static @Nullable LogHead of(Map<String, Object> given) throws IOException {
    return given.get("head") instanceof String name ? read(name) : null;
  }

  static LogHead read(String name) throws IOException {
    Path file = Path.of(name);
    if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) throw CommandFailures.badHeadFile(name);
    Map<String, Object> facts = new HashMap<>();
    Matcher found = FACT.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
    try {
      while (found.find()) facts.put(found.group(1), value(found));
      return LogHead.of(facts);
    } catch (DateTimeException | LogException e) {
      throw CommandFailures.badHeadFile(name);
    }
  }

  private static Object value(Matcher found) {
    if (found.group(3) != null) return Long.valueOf(found.group(3));
    return found.group(1).equals("time") ? Date.from(OffsetDateTime.parse(found.group(2)).toInstant()) : found.group(2);
  }
}
