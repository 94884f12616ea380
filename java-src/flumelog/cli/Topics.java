package flumelog.cli;

import flumelog.error.CommandFailures;
import flumelog.error.OptionFailures;
import flumelog.log.Log;
import flumelog.log.Protection;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/** Logs in topics of Kafka, where a verb takes a file: {@code kafka://HOST:PORT/TOPIC}. They are opened by Clojure. */
public final class Topics {
  /** The verbs that take one. All others work on bytes of a file. */
  static final List<String> VERBS = List.of("info", "cat", "tail", "get", "append", "view", "serve", "export", "import", "copy");

  private static final String SCHEME = "kafka://";

  private Topics() {}

  /**
   * Tells topics from paths.
   *
   * @param name an argument of the command
   * @return whether it names a topic
   */
  public static boolean isOne(@Nullable Object name) {
    return name instanceof String text && text.startsWith(SCHEME);
  }

  /** Refuses a topic where the verb takes only files. */
  static void check(String verb, Map<String, Object> given) {
    for (String argument : new String[] {"log", "to", "file"}) {
      boolean isLog = !argument.equals("file");
      if (isOne(given.get(argument)) && !(isLog && VERBS.contains(verb))) {
        throw CommandFailures.usedWrongly(verb, verb + " works on a file, and " + given.get(argument) + " is a topic of Kafka");
      }
    }
    if (given.containsKey("kafka-config") && !isOne(given.get("log")) && !isOne(given.get("to"))) {
      throw CommandFailures.usedWrongly(verb, "--kafka-config is for a topic, as kafka://localhost:9092/messages");
    }
  }

  /** Opens the log in the topic. */
  static Log open(Map<String, Object> given, boolean forWriting) throws IOException {
    Map<String, Object> options = options((String) given.get("log"), given);
    options.put("mode", forWriting ? "read-write" : "read");
    Protection protection = KeyFile.protection(given, "");
    if (protection != null) options.put("protect", protection);
    return ClojureVerb.topic(options);
  }

  /**
   * The options that open a topic.
   *
   * @param name of the topic, with its servers
   * @param given the options of the verb, by name
   * @return the options by their names, without colons
   * @throws IOException if the file of properties can't be read
   */
  public static Map<String, Object> options(String name, Map<String, Object> given) throws IOException {
    String place = name.substring(SCHEME.length());
    int slash = place.lastIndexOf('/');
    if (slash < 1 || slash == place.length() - 1) {
      throw OptionFailures.badArgument("path", name, "a topic with its servers, as kafka://HOST:PORT,HOST:PORT/TOPIC");
    }
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("servers", place.substring(0, slash));
    options.put("topic", place.substring(slash + 1));
    if (given.get("kafka-config") instanceof String file) options.put("properties", properties(Path.of(file)));
    if (given.get("replication") instanceof Long replication) {
      options.put("create", Map.of("replication", replication, "min-insync", given.getOrDefault("min-insync", Math.max(1, replication - 1))));
    }
    return options;
  }

  private static Map<String, Object> properties(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader in = Files.newBufferedReader(file)) {
      properties.load(in);
    }
    Map<String, Object> named = new LinkedHashMap<>();
    for (String name : properties.stringPropertyNames()) named.put(name, properties.getProperty(name));
    return named;
  }
}
