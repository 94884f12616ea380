package flumelog.event;

import org.jspecify.annotations.Nullable;

/**
 * The events of views, for Clojure code. It can't name the class of an event: its compiler would load that class, and with it the
 * module {@code jdk.jfr}, when nobody records.
 */
public final class ViewBatches {
  private ViewBatches() {}

  /** {@return an event that begins now; null when nobody records} */
  public static @Nullable Object start() {
    return Recorder.look() ? ViewBatchEvent.start() : null;
  }

  /**
   * Ends an event that {@link #start} has returned.
   *
   * @param event null for none
   * @param log the path of the log
   * @param views the names of the views
   * @param after the offset behind which the batch begins
   * @param to the offset up to which the views have passed the log
   * @param records of the batch
   * @param bytes of their data
   */
  public static void end(@Nullable Object event, String log, String views, long after, long to, long records, long bytes) {
    if (event != null) ((ViewBatchEvent) event).end(log, views, after, to, records, bytes);
  }
}
