package flumelog.linear;

import static org.jetbrains.lincheck.datastructures.ManagedStrategyGuaranteeKt.forClasses;

import flumelog.frame.LandmarkCalls;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jetbrains.lincheck.datastructures.ModelCheckingOptions;
import org.jetbrains.lincheck.datastructures.Options;
import org.jetbrains.lincheck.datastructures.StressOptions;

/**
 * Checks that what threads see of the core at the same time is what they could have seen one after the other. A check is
 * of so many scenarios, each of a few calls in a few threads, each run so many times: under {@code stress} as the
 * machine happens to run the threads, under {@code model} with switches between threads where the checker wants them,
 * as many in as many places as the runs allow.
 */
public final class Linear {
  private static final int FOUND = 1;
  private static final int SEES_NOTHING = 2;

  /** What only opening, errors and files do, and no two threads do in each other's way. */
  private static final List<String> LET_BE = List.of("clojure.", "java.nio.", "java.io.", "flumelog.error.",
      "flumelog.codec.", "flumelog.file.", "flumelog.linear.FilesInMemory", "flumelog.log.LogOptions",
      "flumelog.log.OptionMap", "flumelog.recovery.Opening", "flumelog.recovery.Checkpoint", "flumelog.recovery.Recovery");

  private final boolean isModel;
  private final int scenarios;
  private final int runs;

  private Linear(String strategy, int scenarios, int runs) {
    this.isModel = strategy.equals("model");
    this.scenarios = scenarios;
    this.runs = runs;
  }

  /** {@code stress} or {@code model}, how many scenarios of each kind, how many runs of each scenario. */
  public static void main(String[] args) {
    Linear linear = new Linear(args[0], Integer.parseInt(args[1]), Integer.parseInt(args[2]));
    if (!linear.sees()) System.exit(SEES_NOTHING);
    linear.specifications().forEach(linear::check);
    System.exit(0);
  }

  private Map<Class<?>, Class<?>> specifications() {
    Map<Class<?>, Class<?>> specifications = new LinkedHashMap<>();
    specifications.put(SinceCalls.class, SinceCalls.Sequential.class);
    specifications.put(LandmarkCalls.class, LandmarkCalls.Sequential.class);
    specifications.put(LogCalls.class, SequentialLog.class);
    // It uses threads that live longer than a run, which the model checker can't switch.
    if (!isModel) specifications.put(BusyLogCalls.class, SequentialLog.class);
    return specifications;
  }

  /** Whether the checker works on this JVM: it does where it finds what is wrong with the counter. If not, it proves nothing. */
  private boolean sees() {
    try {
      options().iterations(1).invocationsPerIteration(1000).check(BrokenCounter.class);
      System.out.println("Lincheck does not see on this JVM that a broken counter is broken");
      return false;
    } catch (LincheckAssertionError e) {
      return true;
    } catch (Throwable t) {
      System.out.println("Lincheck does not run on this JVM: " + t);
      return false;
    }
  }

  private void check(Class<?> calls, Class<?> specification) {
    try {
      options().sequentialSpecification(specification).iterations(scenarios).invocationsPerIteration(runs).check(calls);
    } catch (Throwable t) {
      System.out.println(calls.getSimpleName() + ": " + t);
      System.exit(FOUND);
    }
  }

  private Options<?, ?> options() {
    // As it was found, for making it smaller takes minutes.
    return (isModel ? model().threads(2).actorsPerThread(2) : new StressOptions().threads(3).actorsPerThread(3))
        .actorsBefore(1).actorsAfter(1).minimizeFailedScenario(false);
  }

  private static ModelCheckingOptions model() {
    return new ModelCheckingOptions()
        .addGuarantee(forClasses(name -> LET_BE.stream().anyMatch(name::startsWith)).allMethods().ignore());
  }
}
