package flumelog.error;

import java.io.IOException;
import java.io.ObjectOutputStream;
import java.io.OutputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/** Prepares a failure for serialization: what other processes may not be able to read becomes text. */
final class Portable {
  private Portable() {}

  /** The value itself if it is a text, a number or a truth value of Java; otherwise its text. */
  static Object fact(Object value) {
    boolean isSimple = value == null || value instanceof String || value instanceof Boolean || value instanceof Character
        || value instanceof Number && value.getClass().getName().startsWith("java.lang.");
    return isSimple ? value : ValueText.of(value);
  }

  static LinkedHashMap<String, Object> facts(Map<String, Object> facts) {
    LinkedHashMap<String, Object> simple = new LinkedHashMap<>();
    facts.forEach((name, value) -> simple.put(name, fact(value)));
    return simple;
  }

  /** The exception itself if it can be serialized; otherwise one with its text and its stack trace. */
  static Throwable origin(Throwable origin) {
    if (origin == null || canBeWritten(origin)) return origin;
    Throwable shown = new RuntimeException(origin.getClass().getName() + ": " + origin.getMessage());
    shown.setStackTrace(origin.getStackTrace());
    return shown;
  }

  private static boolean canBeWritten(Throwable thrown) {
    try (ObjectOutputStream out = new ObjectOutputStream(OutputStream.nullOutputStream())) {
      out.writeObject(thrown);
      return true;
    } catch (IOException | RuntimeException e) {
      return false;
    }
  }
}
