package flumelog.error;

import clojure.lang.IExceptionInfo;
import clojure.lang.IPersistentMap;
import java.util.concurrent.ExecutionException;

/**
 * What {@code get} of a future throws that came to no offset: an {@link ExecutionException}, as a future must, with the
 * sentence and the {@code ex-data} of the {@link LogException} that is its cause.
 */
public final class FailedAppend extends ExecutionException implements IExceptionInfo {
  private static final long serialVersionUID = 1L;

  private final transient IPersistentMap data;

  private FailedAppend(LogException cause) {
    super(cause.getMessage(), cause);
    this.data = cause.getData();
  }

  /**
   * Gives a failure the sentence and the data of its cause.
   *
   * @param failure what a future threw
   * @return the same with the sentence and the data of a log, where its cause is one of ours; otherwise the failure itself
   */
  public static ExecutionException of(ExecutionException failure) {
    return failure.getCause() instanceof LogException cause ? new FailedAppend(cause) : failure;
  }

  /** {@return the facts of the cause as Clojure's {@code ex-data} has them} */
  @Override
  public IPersistentMap getData() {
    return data;
  }
}
