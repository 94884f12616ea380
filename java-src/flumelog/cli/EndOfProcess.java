package flumelog.cli;

/** What is done when the process ends. A signal may come at any moment, also while this is being said. */
public final class EndOfProcess {
  private EndOfProcess() {}

  /**
   * Has a thread run when the process ends.
   *
   * @param hook the thread
   * @return false if the process is ending already: then the thread does not run
   */
  public static boolean add(Thread hook) {
    try {
      Runtime.getRuntime().addShutdownHook(hook);
      return true;
    } catch (IllegalStateException isEnding) {
      return false;
    }
  }

  /**
   * Has the thread not run, unless the process is ending already.
   *
   * @param hook the thread
   */
  public static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException isEnding) {
      // It runs.
    }
  }
}
