package flumelog.error;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;

/** Tells what a codec threw because of a record or a value from what would have stopped it at any other too. */
public final class CodecFailure {
  /** A chain of causes may be a ring. */
  private static final int MOST_CAUSES = 50;

  private CodecFailure() {}

  /**
   * Throws where what a codec threw says nothing of the record: the thread was interrupted, and is again then; or memory ran
   * out, or the JVM failed otherwise. A stack that was at its end counts as the record's: it is nested too deeply.
   *
   * @param path of the log
   * @param thrown what the codec threw
   * @throws LogException {@code UNAVAILABLE} when the thread was interrupted
   */
  public static void throwUnlessOfRecord(String path, Throwable thrown) {
    if (thrown instanceof VirtualMachineError error && !(thrown instanceof StackOverflowError)) throw error;
    if (!isInterrupt(thrown)) return;
    Thread.currentThread().interrupt();
    throw RecordFailures.interrupted(path, thrown);
  }

  private static boolean isInterrupt(Throwable thrown) {
    Throwable cause = thrown;
    for (int left = MOST_CAUSES; cause != null && left > 0; left--) {
      if (cause instanceof InterruptedException || cause instanceof ClosedByInterruptException
          || cause instanceof FileLockInterruptionException || cause.getClass() == InterruptedIOException.class) return true;
      cause = cause.getCause();
    }
    return false;
  }
}
