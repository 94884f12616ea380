package flumelog.log;

/** Receives reports of the progress of long work: about every MiB, and at the end. It may throw to stop the work. */
@FunctionalInterface
public interface Progress {
  /** The least number of bytes between two reports. */
  long STEP_BYTES = 1 << 20;

  /** Ignores all reports. */
  Progress NONE = (position, size) -> {};

  /**
   * Receives one report, in the thread that works.
   *
   * @param position how far the work has come, in bytes
   * @param size how far it will go, in bytes
   */
  void at(long position, long size);

  /**
   * Makes a Progress that passes on at most one report for each step.
   *
   * @param progress receives the reports that are passed on
   * @return a Progress that may be called as often as the worker likes
   */
  static Progress inSteps(Progress progress) {
    return new Progress() {
      private long next = STEP_BYTES;

      @Override
      public void at(long position, long size) {
        if (position < next) return;
        next = position + STEP_BYTES;
        progress.at(position, size);
      }
    };
  }
}
