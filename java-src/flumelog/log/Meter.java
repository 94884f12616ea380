package flumelog.log;

/** Tells how far one phase of long work has come. It may be asked as often as the worker likes. */
final class Meter {
  /** The least number of bytes between two reports. */
  private static final long STEP_BYTES = 1 << 20;

  /** Makes a meter for a log whose offsets count records. */
  private static final long STEP_RECORDS = 1 << 13;

  private final Progress progress;
  private final String unit;
  private final long step;
  private final String phase;
  private final long from;
  private final long started = System.nanoTime();
  private long told = -1;
  private long next;

  Meter(Progress progress, String phase) {
    this(progress, phase, 0);
  }

  /** @param from the position where the phase begins */
  Meter(Progress progress, String phase, long from) {
    this(progress, phase, from, "bytes", STEP_BYTES);
  }

  private Meter(Progress progress, String phase, long from, String unit, long step) {
    this.progress = progress;
    this.phase = phase;
    this.from = from;
    this.unit = unit;
    this.step = step;
    this.next = from + step;
  }

  /** For positions that are offsets of the log: in bytes where these count bytes. */
  static Meter of(Log log, Progress progress, String phase, long from) {
    boolean isOfRecords = log.spacing().least() == 1;
    return isOfRecords ? new Meter(progress, phase, from, "offsets", STEP_RECORDS) : new Meter(progress, phase, from);
  }

  /** Reports the position, unless the last report is less than a step below it. */
  void at(long position, long size) {
    if (position >= next) tell(position, size);
  }

  /** Reports that all is done. */
  void end(long size) {
    if (told != size) tell(size, size);
  }

  private void tell(long position, long size) {
    told = position;
    next = position + step;
    progress.at(ProgressReport.of(phase, unit, from, position, size, System.nanoTime() - started));
  }
}
