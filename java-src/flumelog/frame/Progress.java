package flumelog.frame;

/** Told where a long piece of work is: every MiB or so, and at its end. It may throw to stop it. */
@FunctionalInterface
public interface Progress {
  /** How many bytes lie between two calls, at least. */
  long STEP_BYTES = 1 << 20;

  /** Told, and does nothing. */
  Progress NONE = (position, size) -> {};

  /**
   * Called by the thread that works.
   *
   * @param position up to where it is, in bytes
   * @param size up to where it will be
   */
  void at(long position, long size);

  /**
   * One that passes on at most one call for each step.
   *
   * @param progress told of the steps
   * @return told of everything
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
