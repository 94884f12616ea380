package flumelog.engine;

import flumelog.error.FailedAppend;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A future whose {@code get} throws an exception with the message of its cause: see {@link FailedAppend}. */
public final class AppendFuture<T> extends CompletableFuture<T> {
  public static <T> AppendFuture<T> done(T value) {
    AppendFuture<T> future = new AppendFuture<>();
    future.complete(value);
    return future;
  }

  public static <T> AppendFuture<T> failed(Throwable failure) {
    AppendFuture<T> future = new AppendFuture<>();
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
