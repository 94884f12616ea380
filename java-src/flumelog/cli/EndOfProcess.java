package flumelog.cli;

/** What is done when the process ends. It may be ending already, since a signal comes at any moment. */
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
   * Takes a thread out again, so that it does not run. Does nothing if the process is ending already.
   *
   * @param hook the thread
   */
  public static void remove(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException isEnding) {
      // Nothing can be taken out any more.
    }
  }
}
