package flumelog.log;

/** Receives reports of the progress of long work: about every MiB, and at the end. It may throw to stop the work. */
@FunctionalInterface
public interface Progress {
  /** Ignores all reports. */
  Progress NONE = new Progress() {
    @Override
    public void at(long position, long size) {}
  };

  /**
   * Receives how far the work has come, in the thread that works.
   *
   * @param position how far the work has come, in bytes
   * @param size how far it will go, in bytes
   */
  void at(long position, long size);

  /**
   * Receives one report, in the thread that works. This is the method that is called. By default it passes the two most
   * important numbers on.
   *
   * @param report how far the work has come, how fast it goes, and how long it will take
   */
  default void at(ProgressReport report) {
    at(report.done(), report.total());
  }
}
