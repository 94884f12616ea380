package flumelog.cli;

import clojure.lang.IFn;
import flumelog.log.Progress;
import flumelog.log.ProgressReport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Shows how far the reading of a long log without a checkpoint has come, while the log is being opened. A verb that opens a log at
 * once shows nothing, and loads nothing for that.
 */
public final class FirstScan implements Progress, AutoCloseable {
  private static final long SHORT_NANOS = 700_000_000;

  private final long started = System.nanoTime();
  private @Nullable Consumer<@Nullable ProgressReport> shown;

  /** {@inheritDoc} */
  @Override
  public void at(long position, long size) {}

  /** {@inheritDoc} */
  @Override
  public void at(ProgressReport report) {
    if (shown == null && System.nanoTime() - started > SHORT_NANOS) shown = shown();
    if (shown != null) shown.accept(report);
  }

  /** Ends showing. */
  @Override
  public void close() {
    if (shown != null) shown.accept(null);
  }

  private static Consumer<@Nullable ProgressReport> shown() {
    IFn show = (IFn) ClojureVerb.function("flumelog.cli.job", "shown").invoke(0);
    IFn facts = ClojureVerb.function("flumelog.facts", "progress");
    return report -> show.invoke(report == null ? null : facts.invoke(report));
  }
}
