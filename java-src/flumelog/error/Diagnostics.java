package flumelog.error;

import java.io.IOException;

/** Trouble that fails no call, for the operator of a program: lines of the {@link System.Logger} named {@code flumelog}. */
public final class Diagnostics {
  private Diagnostics() {}

  /**
   * Writes one line.
   *
   * @param level how bad it is
   * @param sentence what has happened
   * @param cause why; the message of an exception of ours or of the file system stands in the line, any other exception is
   *     written with its stack trace
   */
  public static void write(System.Logger.Level level, String sentence, Throwable cause) {
    System.Logger logger = System.getLogger("flumelog");
    if (cause instanceof LogException) logger.log(level, "{0}: {1}", sentence, cause.getMessage());
    else if (cause instanceof IOException) logger.log(level, "{0}: {1}", sentence, Reason.of(cause));
    else logger.log(level, sentence, cause);
  }
}
