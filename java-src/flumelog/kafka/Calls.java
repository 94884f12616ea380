package flumelog.kafka;

import flumelog.error.LogException;
import flumelog.error.TopicFailures;
import flumelog.error.UseFailures;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.InterruptException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.RetriableException;
import org.apache.kafka.common.errors.UnknownTopicIdException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;

/** Calls of Kafka's clients. Each ends within the timeout of the log, also if its thread is interrupted, and translates failures. */
final class Calls {
  private final String path;
  private final long timeoutMillis;
  /** When the current call of a thread must have ended. */
  private final ThreadLocal<Long> deadlines = new ThreadLocal<>();
  private volatile boolean isClosed;

  Calls(String path, long timeoutMillis) {
    this.path = path;
    this.timeoutMillis = timeoutMillis;
  }

  /** From now on a failure means that the log is closed, since its clients are. */
  void close() {
    isClosed = true;
  }

  String path() {
    return path;
  }

  long timeoutMillis() {
    return timeoutMillis;
  }

  /** When the call of this thread must have ended, in the time of {@link System#nanoTime}. If the thread makes none, one begins now. */
  long deadline() {
    Long set = deadlines.get();
    return set != null ? set : System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
  }

  /** The moment at which half of the time that is left is over. */
  long halfTime() {
    long now = System.nanoTime();
    return now + (deadline() - now) / 2;
  }

  /** Runs several steps that together have the timeout of one call. */
  <T> T inTime(Supplier<T> steps) {
    if (deadlines.get() != null) return steps.get();
    deadlines.set(deadline());
    try {
      return steps.get();
    } finally {
      deadlines.remove();
    }
  }

  /** As {@link #inTime(Supplier)}, for steps without a result. */
  void doInTime(Runnable steps) {
    inTime(() -> {
      steps.run();
      return null;
    });
  }

  /**
   * The result of a future of Kafka's.
   *
   * @param doing what the log is doing, for the error: {@code "reading"}
   */
  <T> T get(Future<T> future, String doing) {
    return getBy(deadline(), future, doing);
  }

  /** As {@link #get(Future, String)}, until a moment that {@link #halfTime} or {@link #deadline} has returned. */
  <T> T getBy(long moment, Future<T> future, String doing) {
    try {
      return get(future, Math.max(0, TimeUnit.NANOSECONDS.toMillis(moment - System.nanoTime())));
    } catch (ExecutionException e) {
      throw failure(doing, e.getCause());
    } catch (TimeoutException e) {
      throw failure(doing, noAnswer());
    }
  }

  /** An exception that says that no answer came within the timeout. */
  Exception noAnswer() {
    return new TimeoutException("no answer within " + timeoutMillis + " ms");
  }

  /** Waits for a future. A thread that is interrupted meanwhile goes on waiting, and is still interrupted afterwards. */
  static <T> T get(Future<T> future, long millis) throws ExecutionException, TimeoutException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return future.get(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  /** Makes a call that an interrupt would end. Repeats it then; the thread is still interrupted afterwards. */
  static <T> T uninterrupted(Supplier<T> call) {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          return call.get();
        } catch (InterruptException e) {
          Thread.interrupted();
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  /**
   * Waits on an object whose monitor the thread holds. Returns whether the thread was interrupted: the caller goes on waiting, and sets the
   * flag again afterwards.
   *
   * @param millis 0 for no limit
   */
  static boolean waitOn(Object monitor, long millis) {
    try {
      monitor.wait(millis);
      return false;
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** The exception of the log for a failure of a client. */
  LogException failure(String doing, Throwable cause) {
    if (cause instanceof LogException known) return known;
    if (isClosed) return UseFailures.closed(path);
    if (cause instanceof CompletionException || cause instanceof ExecutionException) return failure(doing, cause.getCause());
    if (cause instanceof UnknownTopicOrPartitionException || cause instanceof UnknownTopicIdException) return TopicFailures.gone(path, cause);
    if (cause instanceof AuthenticationException || cause instanceof AuthorizationException) return TopicFailures.refused(path, doing, cause);
    if (cause instanceof RecordTooLargeException) return TopicFailures.tooLarge(path, cause);
    if (cause instanceof RetriableException || cause instanceof TimeoutException) return UseFailures.unavailable(path, doing, cause);
    return TopicFailures.failed(path, doing, cause);
  }
}
