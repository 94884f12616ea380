package flumelog.file;

/** Waits for some time, even if the thread is interrupted. Marks the thread as interrupted again afterwards. */
final class Pause {
  private Pause() {}

  static void millis(long millis) {
    long until = System.nanoTime() + millis * 1_000_000;
    boolean interrupted = false;
    for (long left = until - System.nanoTime(); left > 0; left = until - System.nanoTime()) {
      try {
        Thread.sleep(left / 1_000_000 + 1);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
