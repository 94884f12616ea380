package flumelog.program;

import flumelog.log.Cursor;
import flumelog.log.OffsetLog;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Opens the log that its argument names, uses it and closes it. In between it loads classes of its own, so that the JVM's list of loaded
 * classes shows what each part has loaded.
 */
public final class FirstCalls {
  private FirstCalls() {}

  public static void main(String[] args) {
    Path path = Path.of(args[0]);
    byte[] data = "some data".getBytes(StandardCharsets.UTF_8);
    Starts.load();
    OffsetLog log = OffsetLog.open(path);
    Opened.load();
    long offset = log.append(data);
    Cursor newest = log.cursor().seek(Long.MAX_VALUE);
    int read = 0;
    while (read < 10 && newest.prev()) read += newest.view().hasRemaining() ? 1 : 0;
    int length = log.get(offset).length;
    log.close();
    Closed.load();
    System.out.println(read + " read, " + length + " bytes");
  }

  private static final class Starts {
    static void load() {}
  }

  private static final class Opened {
    static void load() {}
  }

  private static final class Closed {
    static void load() {}
  }
}
