package flumelog.log;

import flumelog.engine.Lookout;
import flumelog.engine.Watermark;
import java.util.Objects;

/** The offset of the last record of a log in a file, or of its last durable record. */
final class LogSince implements Since {
  private final Watermark watermark;
  /** Looks for what others append; null if nobody else appends. */
  private final Lookout others;

  /** For a watermark that only this log moves. */
  LogSince(Watermark watermark) {
    this(watermark, null);
  }

  LogSince(Watermark watermark, Lookout others) {
    this.watermark = watermark;
    this.others = others;
  }

  @Override
  public long get() {
    return others == null ? lastSeen() : others.get();
  }

  @Override
  public long lastSeen() {
    return watermark.offset();
  }

  @Override
  public boolean await(long atLeast, long timeoutMillis) throws InterruptedException {
    return lookout().await(atLeast, timeoutMillis);
  }

  @Override
  public Registration watch(Watch watch) {
    Objects.requireNonNull(watch, "watch");
    return lookout().watch(watch::moved)::run;
  }

  @Override
  public Registration whenClosed(Runnable task) {
    Objects.requireNonNull(task, "task");
    return watermark.whenClosed(task)::run;
  }

  private Lookout lookout() {
    return others == null ? new Lookout(watermark) : others;
  }

  /** How often the offset of a log went back. */
  static int timesGoneBack(Since since) {
    return since instanceof LogSince own ? own.watermark.timesGoneBack() : 0;
  }

  /**
   * Throws if records below a position were taken back after the log had gone back {@code times} times. A caller that
   * has read all records below that position uses it.
   */
  static void checkNotGoneBack(Since since, int times, long below) {
    if (since instanceof LogSince own) own.watermark.checkNotGoneBack(times, below);
  }

  @Override
  public String toString() {
    return "#flumelog/Since[" + lastSeen() + "]";
  }
}
