package flumelog.log;

import flumelog.engine.Lookout;
import flumelog.engine.Watermark;
import flumelog.error.LogException;
import java.util.Objects;

/** The offset of the last record of a log in a file, or of its last durable record. */
final class LogSince implements Since {
  private final OffsetLog log;
  private final Watermark watermark;
  /** Looks for what others append; null if nobody else appends. */
  private final Lookout others;
  /** The last record and its end, in a closed log that is protected; else null. */
  private volatile Watermark.Reached lastEnd;

  /** For a watermark that only this log moves. */
  LogSince(OffsetLog log, Watermark watermark) {
    this(log, watermark, null);
  }

  LogSince(OffsetLog log, Watermark watermark, Lookout others) {
    this.log = log;
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
  public long end() {
    long offset = get();
    Watermark.Reached kept = lastEnd;
    return offset < 0 ? 0 : kept != null && kept.offset() == offset ? kept.end() : endOf(offset);
  }

  /** In a log without protection the end of the last record is that of the log. */
  private long endOf(long offset) {
    Watermark.Reached reached = log.watermark().reached();
    if (offset == reached.offset() && log.protection() == null) return reached.end();
    log.checkOpen();
    // start-up: it is known to be the start of a record, so no landmarks are read. They may be megabytes.
    long end = log.endOfFrame(offset, reached.end());
    return end >= 0 ? end : log.lookup().frame(offset, reached.end()).end();
  }

  /** Reads the end of the last record of a protected log that is about to close, unless the file can't be read any more. */
  void keepEnd() {
    if (log.protection() == null || lastSeen() < 0) return;
    try {
      lastEnd = new Watermark.Reached(lastSeen(), endOf(lastSeen()));
    } catch (LogException e) {
      // A later call throws CLOSED.
    }
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
