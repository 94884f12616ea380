package flumelog.error;

import java.io.InterruptedIOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileLockInterruptionException;

/** Separates failures of a codec that are due to one record or value from failures that would stop it at any other too. */
public final class CodecFailure {
  /** How many causes are looked at: a chain of causes may be a circle. */
  private static final int MOST_CAUSES = 50;

  private CodecFailure() {}

  /**
   * Returns if the record or value caused the failure. Throws if the failure says nothing about it: the thread was
   * interrupted, memory ran out, or the JVM failed otherwise. An interrupted thread is marked as interrupted again. A stack
   * overflow counts as caused by the value, since the value is nested too deeply.
   *
   * @param path of the log
   * @param thrown what the codec threw
   * @throws LogException {@code UNAVAILABLE} if the thread was interrupted
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
