import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import flumelog.log.SyncPolicy;
import java.nio.file.Path;

/** Uses a log while nobody records. The argument is the path of the log. */
class Unrecorded {
  public static void main(String[] args) {
    LogOptions options = LogOptions.defaults().withSync(SyncPolicy.EACH);
    for (int i = 0; i < 2; i++) {
      try (OffsetLog log = OffsetLog.open(Path.of(args[0]), options)) {
        for (int n = 0; n < 300; n++) log.append(new byte[] {1});
        log.get(0);
        System.out.println(log.stream().count() + " records");
      }
    }
  }
}
