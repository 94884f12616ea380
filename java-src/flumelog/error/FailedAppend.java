package flumelog.error;

import clojure.lang.IExceptionInfo;
import clojure.lang.IPersistentMap;
import java.util.concurrent.ExecutionException;

/**
 * Thrown by {@code get} of the future of an append that failed. A future has to throw an {@link ExecutionException}. This one
 * has the sentence and the {@code ex-data} of the {@link LogException} that is its cause.
 */
public final class FailedAppend extends ExecutionException implements IExceptionInfo {
  private static final long serialVersionUID = 1L;

  private FailedAppend(LogException cause) {
    super(cause.getMessage(), cause);
  }

  /**
   * Wraps the cause of a failure, so that the failure has the cause's sentence and data.
   *
   * @param failure what a future threw
   * @return a FailedAppend if the cause is a LogException; otherwise the failure itself
   */
  public static ExecutionException of(ExecutionException failure) {
    return failure.getCause() instanceof LogException cause ? new FailedAppend(cause) : failure;
  }

  /** {@return the {@code ex-data} of the cause} */
  @Override
  public IPersistentMap getData() {
    return ClojureData.of((LogException) getCause());
  }
}
