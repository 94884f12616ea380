package flumelog.log;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * The records of a log and those that will be, for subscribers that say how many they want. Each subscriber gets all
 * of them, from the lowest offset on.
 */
final class LivePublisher implements Flow.Publisher<Entry> {
  /** For all logs; a thread serves one subscription while that has demand, and goes when there is nothing to do. */
  private static final ThreadPoolExecutor THREADS =
      new ThreadPoolExecutor(0, Integer.MAX_VALUE, 10, TimeUnit.SECONDS, new SynchronousQueue<>(), task -> {
        Thread thread = new Thread(task, "flumelog-live");
        thread.setDaemon(true);
        return thread;
      });

  private final Log log;
  private final LiveOptions options;

  LivePublisher(Log log, LiveOptions options) {
    this.log = log;
    this.options = options.checkedFor(log);
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Entry> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    new LiveSubscription(log, options, subscriber, THREADS).start();
  }
}
