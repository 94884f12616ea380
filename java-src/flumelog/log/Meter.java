package flumelog.log;

/** Tells how far one phase of long work has come. It may be asked as often as the worker likes. */
final class Meter {
  /** The least number of bytes between two reports. */
  private static final long STEP_BYTES = 1 << 20;

  private final Progress progress;
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
    this.progress = progress;
    this.phase = phase;
    this.from = from;
    this.next = from + STEP_BYTES;
  }

  /** Reports the position, in bytes, unless the last report is less than a step below it. */
  void at(long position, long size) {
    if (position >= next) tell(position, size);
  }

  /** Reports that all is done. */
  void end(long size) {
    if (told != size) tell(size, size);
  }

  private void tell(long position, long size) {
    told = position;
    next = position + STEP_BYTES;
    progress.at(ProgressReport.of(phase, "bytes", from, position, size, System.nanoTime() - started));
  }
}
