package bench.peer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;

/**
 * Times sections and prints the measures. Cold is the first time in a new process after the page cache was dropped.
 * First is the first time in a new process, with the files in the page cache. Hot is the median of some later times in
 * the same process, when the code is compiled.
 */
public final class Timer {
  private static final long WARM_UP_NANOS = 2_000_000_000;
  private static final int MAX_HOT_RUNS = 21;
  private static final int FEW_RUNS = 5;
  private static final long HOT_NANOS = 1_000_000_000;

  /** A section of code that is timed. */
  public interface Section {
    /** Prepares the section, before the clock starts. */
    default void prepare() throws Exception {}

    /** The code that is timed. The sum of the measure is its result plus that of {@link #check}. */
    int run() throws Exception;

    /** Proves the work and cleans up, after the clock has stopped. */
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

  /** Measures cold, if the step starts cold; else first and hot. */
  void measure(Section section) throws Exception {
    long nanos = once(section);
    if (isCold()) return;
    for (long spent = nanos; spent < WARM_UP_NANOS; spent += nanos) nanos = nanos(section);
    time("hot", (int) Math.max(1, Math.min(MAX_HOT_RUNS, HOT_NANOS / nanos)), section);
  }

  /** Measures a section that makes its store larger each time: hot begins after a few times. */
  void measureFew(Section section) throws Exception {
    once(section);
    for (int i = 0; i < FEW_RUNS; i++) nanos(section);
    time("hot", FEW_RUNS, section);
  }

  /** Measures only hot: the section includes its own warm-up. */
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
      if (temperature.equals("first")) Machine.fillCache(folder);
    }
    double busy = Machine.awaitQuiet(Integer.parseInt(args.getOrDefault("patience", "60")));
    long start = System.nanoTime();
    int sum = section.run();
    long nanos = System.nanoTime() - start;
    sum += section.check();
    if (times > 1) nanos = median(times, section);
    print(":temperature :" + temperature + " :nanos " + nanos + " :sum " + sum + " :ops " + args.get("ops")
        + busy(busy) + (dropped == null ? "" : " :cold-by \"" + dropped + "\""));
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

  /** Waits for a quiet machine, as before each section. */
  double awaitQuiet() throws Exception {
    Machine.sync();
    return Machine.awaitQuiet(Integer.parseInt(args.getOrDefault("patience", "60")));
  }

  /** Prints what a row has timed by itself: all its operations. */
  void printHot(long nanos, int sum, double busy) {
    print(":temperature :hot :nanos " + nanos + " :sum " + sum + " :ops " + args.get("ops") + busy(busy));
  }

  private static String busy(double busy) {
    return String.format(java.util.Locale.ROOT, " :busy %.3f", busy);
  }

  void printExpected(String row, int sum) {
    print(":expected :" + row + " :sum " + sum);
  }

  private void print(String rest) {
    System.out.println("{:row :" + args.get("row") + " :peer :" + args.get("peer") + " :workload :" + args.get("workload")
        + " :records " + args.get("records") + " " + rest + "}");
  }
}
