package flumelog.engine;

import flumelog.error.FailedAppend;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A future whose {@code get} throws an exception with the message of its cause: see {@link FailedAppend}. */
// start-up: these methods return the type of the JDK. A JVM that checks the code of a caller would load this class if it named it.
public final class AppendFuture<T> extends CompletableFuture<T> {
  public static <T> CompletableFuture<T> pending() {
    return new AppendFuture<>();
  }

  public static <T> CompletableFuture<T> done(T value) {
    CompletableFuture<T> future = pending();
    future.complete(value);
    return future;
  }

  public static <T> CompletableFuture<T> failed(Throwable failure) {
    CompletableFuture<T> future = pending();
    future.completeExceptionally(failure);
    return future;
  }

  @Override
  public <U> CompletableFuture<U> newIncompleteFuture() {
    return new AppendFuture<>();
  }

  @Override
  public T get() throws InterruptedException, ExecutionException {
    try {
      return super.get();
    } catch (ExecutionException e) {
      throw FailedAppend.of(e);
    }
  }

  @Override
  public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
    try {
      return super.get(timeout, unit);
    } catch (ExecutionException e) {
      throw FailedAppend.of(e);
    }
  }
}
