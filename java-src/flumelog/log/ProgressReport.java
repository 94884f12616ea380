package flumelog.log;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * How far long work has come.
 *
 * @param phase what is being done: {@code "scanning"} the lengths in a file that is opened, {@code "verifying"}, {@code "salvaging"},
 *     {@code "looking"} for a deleted record, {@code "copying"}, {@code "checking"} what was copied, {@code "counting"}; of views
 *     {@code "catching-up"}, {@code "rebuilding"}. Work may have several phases, one after the other
 * @param done how much of the phase is done; it never goes back within a phase
 * @param total how much the phase will do
 * @param unit what is counted: {@code "bytes"}, {@code "offsets"}
 * @param perSecond how much was done each second, on average since the phase began
 * @param remainingSeconds how long the phase will still take at that rate, rounded up; null while that is not known
 */
public record ProgressReport(String phase, long done, long total, String unit, long perSecond, @Nullable Long remainingSeconds) {
  /**
   * Makes a report; the rate is that since the phase began.
   *
   * @param phase what is being done
   * @param unit what is counted
   * @param from how much was done when the phase began
   * @param done how much is done now
   * @param total how much the phase will do
   * @param nanos how long the phase has lasted
   * @return the report
   */
  public static ProgressReport of(String phase, String unit, long from, long done, long total, long nanos) {
    double perSecond = (double) (done - from) * TimeUnit.SECONDS.toNanos(1) / Math.max(1, nanos);
    return new ProgressReport(phase, done, total, unit, (long) perSecond, remaining(total - done, (long) perSecond));
  }

  private static @Nullable Long remaining(long left, long perSecond) {
    if (left <= 0) return 0L;
    return perSecond <= 0 ? null : (Long) ((left - 1) / perSecond + 1);
  }
}
