package flumelog.cli;

import flumelog.error.CommandFailures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Configuration;

/** The option {@code --jfr FILE} before a verb: JDK Flight Recorder records the command. */
final class Recording {
  /** Our events that are recorded by default only from a duration on. Here each is wanted. */
  private static final List<String> EVENTS = List.of("Append", "CacheMiss", "Compaction", "Force", "ForceWait", "Open", "Recovery", "ViewBatch");

  private Recording() {}

  /** Begins to record. The JVM writes the file when the process ends, also when it is interrupted. */
  static void begin(String file) {
    Path path = Path.of(file);
    if (ModuleLayer.boot().findModule("jdk.jfr").isEmpty()) throw CommandFailures.cannotRecord(file, "this JVM has no Flight Recorder", null);
    if (Files.exists(path)) throw CommandFailures.cannotRecord(file, "there is such a file, which is not replaced", null);
    try {
      jdk.jfr.Recording recording = new jdk.jfr.Recording(Configuration.getConfiguration("default"));
      for (String event : EVENTS) recording.enable("flumelog." + event).withThreshold(Duration.ZERO);
      recording.setDumpOnExit(true);
      recording.setDestination(path);
      recording.start();
    } catch (IOException | ParseException e) {
      throw CommandFailures.cannotRecord(file, "it can't be written (" + e + ")", e);
    }
  }
}
