import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import flumelog.log.Rewrite;
import flumelog.log.SyncPolicy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Uses logs while a recording runs, and prints their events, one a line. The arguments are a path of a log and one of a recording. */
class Recorded {
  private static final List<String> EVENTS = List.of("Open", "Recovery", "Append", "Force", "ForceWait", "CacheMiss", "Compaction");

  public static void main(String[] args) throws Exception {
    Path path = Path.of(args[0]);
    LogOptions options = LogOptions.defaults().withSync(SyncPolicy.EACH);
    try (OffsetLog early = OffsetLog.open(Path.of(args[0] + "-early"), options); Recording recording = new Recording()) {
      early.append(new byte[] {1});
      for (String name : EVENTS) recording.enable("flumelog." + name).withThreshold(Duration.ZERO);
      recording.start();
      early.append(new byte[] {2});
      early.append(new byte[] {3});
      try (OffsetLog log = OffsetLog.open(path, options)) {
        log.appendAll(List.of(new byte[] {1}, new byte[] {2}, new byte[] {3}));
        log.append("a record of some length".getBytes());
      }
      try (OffsetLog log = OffsetLog.open(path, options)) {
        log.get(51);
        log.get(0);
        System.out.println("misses=" + log.info().get("cache-misses"));
      }
      try (OffsetLog log = OffsetLog.open(Path.of(args[0] + "-compacted"), options)) {
        log.appendAll(List.of(new byte[] {1}, new byte[] {2}, new byte[] {3}));
        log.delete(0, 17);
      }
      for (int i = 0; i < 2; i++) Rewrite.compact(Path.of(args[0] + "-compacted"), options, Rewrite.Moved.NONE);
      recording.stop();
      recording.dump(Path.of(args[1]));
    }
    for (RecordedEvent event : RecordingFile.readAllEvents(Path.of(args[1]))) print(event);
  }

  private static void print(RecordedEvent event) {
    StringBuilder line = new StringBuilder(event.getEventType().getName()).append(' ')
        .append(Path.of(event.getString("path")).getFileName());
    for (var field : event.getFields()) {
      switch (field.getName()) {
        case "startTime", "duration", "eventThread", "stackTrace", "path" -> { }
        default -> line.append(' ').append(field.getName()).append('=').append((Object) event.getValue(field.getName()));
      }
    }
    System.out.println(line);
  }
}
