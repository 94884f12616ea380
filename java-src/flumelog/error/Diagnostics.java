package flumelog.error;

import java.io.IOException;

/**
 * Reports trouble that makes no call fail, so that the operator of a program learns of it. Each report is a line of the
 * {@link System.Logger} named {@code flumelog}.
 */
public final class Diagnostics {
  private Diagnostics() {}

  /**
   * Writes one line.
   *
   * @param level how bad the trouble is
   * @param sentence what has happened
   * @param cause why it happened; a LogException or IOException adds only its message to the line, any other exception is
   *     written with its stack trace
   */
  public static void write(System.Logger.Level level, String sentence, Throwable cause) {
    System.Logger logger = System.getLogger("flumelog");
    if (cause instanceof LogException) logger.log(level, "{0}: {1}", sentence, cause.getMessage());
    else if (cause instanceof IOException) logger.log(level, "{0}: {1}", sentence, Reason.of(cause));
    else logger.log(level, sentence, cause);
  }

  /**
   * Hands an exception of a watch or a task to the uncaught exception handler of the thread, because the append or the close
   * that called it must go on.
   *
   * @param thrown by the watch or the task
   */
  public static void handToThread(Throwable thrown) {
    Thread thread = Thread.currentThread();
    try {
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    } catch (Throwable t) {
      // Ignored, as the JVM ignores exceptions of a handler.
    }
  }
}
