package bench.peer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Times sections and prints what it measured. Cold is the first time in a new process, with the page cache dropped
 * before; first is the first time in a new process; hot is the median of some times in the same process, after so many
 * that its compilers have had their time.
 */
public final class Timer {
  private static final long WARM_UP_NANOS = 2_000_000_000;
  private static final int MAX_HOT_RUNS = 21;
  private static final int FEW_RUNS = 5;
  private static final long HOT_NANOS = 1_000_000_000;

  /** What is timed. */
  public interface Section {
    /** Before the clock starts. */
    default void prepare() throws Exception {}

    /** What is timed; its sum and that of {@link #check} are the sum of the measure. */
    int run() throws Exception;

    /** After the clock stopped: proves what was done, and clears up. */
    default int check() throws Exception {
      return 0;
    }
  }

  private final Map<String, String> args;
  private final Path folder;

  Timer(Map<String, String> args, Path folder) {
    this.args = args;
    this.folder = folder;
  }

  /** Once where it is to be cold; else the first time, and hot. */
  void measure(Section section) throws Exception {
    long nanos = once(section);
    if (isCold()) return;
    for (long spent = nanos; spent < WARM_UP_NANOS; spent += nanos) nanos = nanos(section);
    time("hot", (int) Math.max(1, Math.min(MAX_HOT_RUNS, HOT_NANOS / nanos)), section);
  }

  /** The same for what makes its store larger each time: hot comes after a few. */
  void measureFew(Section section) throws Exception {
    once(section);
    for (int i = 0; i < FEW_RUNS; i++) nanos(section);
    time("hot", FEW_RUNS, section);
  }

  /** Only hot: the section warms up by itself. */
  void hot(Section section) throws Exception {
    time("hot", 1, section);
  }

  long once(Section section) throws Exception {
    return time(isCold() ? "cold" : "first", 1, section);
  }

  private boolean isCold() {
    return "cold".equals(args.get("start"));
  }

  private long time(String temperature, int times, Section section) throws Exception {
    section.prepare();
    System.gc();
    String dropped = null;
    if (temperature.equals("cold")) {
      dropped = Machine.drop(folder);
      if (dropped == null) {
        print(":temperature :cold :skipped \"the page cache can't be dropped here\"");
        return 0;
      }
    } else {
      Machine.sync();
    }
    double busy = Machine.awaitQuiet(Integer.parseInt(args.getOrDefault("patience", "60")));
    long start = System.nanoTime();
    int sum = section.run();
    long nanos = System.nanoTime() - start;
    sum += section.check();
    if (times > 1) nanos = median(times, section);
    print(":temperature :" + temperature + " :nanos " + nanos + " :sum " + sum + " :ops " + args.get("ops")
        + String.format(java.util.Locale.ROOT, " :busy %.3f", busy) + (dropped == null ? "" : " :cold-by \"" + dropped + "\""));
    return nanos;
  }

  private static long median(int times, Section section) throws Exception {
    long[] nanos = new long[times];
    for (int i = 0; i < times; i++) nanos[i] = nanos(section);
    Arrays.sort(nanos);
    return nanos[times / 2];
  }

  private static long nanos(Section section) throws Exception {
    section.prepare();
    long start = System.nanoTime();
    section.run();
    long nanos = System.nanoTime() - start;
    section.check();
    return nanos;
  }

  void printBytes(long bytes, int sum) {
    print(":temperature :first :bytes " + bytes + " :sum " + sum + " :ops " + args.get("ops"));
  }

  void printExpected(String row, int sum) {
    print(":expected :" + row + " :sum " + sum);
  }

  private void print(String rest) {
    System.out.println("{:row :" + args.get("row") + " :peer :" + args.get("peer") + " :workload :" + args.get("workload")
        + " :records " + args.get("records") + " " + rest + "}");
  }
}
