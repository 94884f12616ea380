package bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** The environment of a timed section: other work on the machine, the page cache, the memory of this process. */
public final class Machine {
  private static final Path DROP = Path.of("/proc/sys/vm/drop_caches");
  private static final int WINDOW_MILLIS = 200;
  private static final double QUIET = 0.05;

  private Machine() {}

  /**
   * Waits until the machine does nothing else, but not longer than the given seconds. Returns the share of its
   * processors that was busy in the last window; -1 if that can't be found out, or if the time to wait is 0.
   */
  static double awaitQuiet(int seconds) throws IOException, InterruptedException {
    if (seconds == 0) return -1;
    long deadline = System.nanoTime() + seconds * 1_000_000_000L;
    double busy;
    do busy = busy();
    while (busy > QUIET && System.nanoTime() < deadline);
    return busy;
  }

  private static double busy() throws IOException, InterruptedException {
    if (!Files.isReadable(Path.of("/proc/stat"))) return -1;
    long[] before = ticks();
    Thread.sleep(WINDOW_MILLIS);
    long[] after = ticks();
    long all = after[0] - before[0];
    return all == 0 ? 0 : 1 - (double) (after[1] - before[1]) / all;
  }

  /** All ticks, and the idle ones. Idle are those of the fourth number, not the fifth ones, which wait for a disk. */
  private static long[] ticks() throws IOException {
    String line = Files.readAllLines(Path.of("/proc/stat")).get(0);
    long[] numbers = Arrays.stream(line.split(" +")).skip(1).limit(8).mapToLong(Long::parseLong).toArray();
    return new long[] {Arrays.stream(numbers).sum(), numbers[3]};
  }

  /** Writes all dirty pages to disk, so that they are not written during a timed section. */
  static void sync() throws IOException, InterruptedException {
    run("sync");
  }

  /**
   * Empties the page cache, or at least removes the files of the folder from it. Returns how, or null if that failed.
   */
  public static String drop(Path folder) throws IOException, InterruptedException {
    sync();
    if (Files.isWritable(DROP)) {
      try {
        Files.writeString(DROP, "3");
        return "drop_caches";
      } catch (IOException e) {
        // In a container the file may look writable, and the write may still fail.
      }
    }
    return dropFiles(folder) ? "nocache" : null;
  }

  /** Reads all files of the folder, so that they are in the page cache: an earlier step may have dropped them. */
  static void fillCache(Path folder) throws IOException, InterruptedException {
    for (Path file : files(folder)) run("cat", file.toString());
  }

  private static Path[] files(Path folder) throws IOException {
    try (var all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toArray(Path[]::new);
    }
  }

  private static boolean dropFiles(Path folder) throws IOException, InterruptedException {
    boolean dropped = true;
    for (Path file : files(folder)) dropped &= run("dd", "if=" + file, "iflag=nocache", "count=0", "status=none");
    return dropped;
  }

  private static boolean run(String... command) throws IOException, InterruptedException {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true)
          .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * A line of /proc/self/status in bytes: VmRSS is the resident memory now, VmHWM its maximum so far. -1 if there is no
   * such line.
   */
  static long memory(String name) throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) return -1;
    for (String line : Files.readAllLines(status)) {
      if (line.startsWith(name + ":")) return Long.parseLong(line.replaceAll("\\D+", "")) * 1024;
    }
    return -1;
  }
}
