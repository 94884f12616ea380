package flumelog.frame;

/** Told where a long piece of work is: every MiB or so, and at its end. It may throw to stop it. */
@FunctionalInterface
public interface Progress {
  /** How many bytes lie between two calls, at least. */
  long STEP_BYTES = 1 << 20;

  Progress NONE = (position, size) -> {};

  void at(long position, long size);

  /** One that passes on at most one call for each step. */
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
