package flumelog.log;

import flumelog.engine.Workers;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;

/**
 * The present and future records of a log, for subscribers that say how many they want. Each subscriber gets all of
 * them, from the lowest offset on.
 */
final class LivePublisher implements Flow.Publisher<Entry> {
  private static final Workers THREADS = Workers.many("flumelog-live");

  private final Log log;
  private final LiveOptions options;
  /** One of these threads serves a subscription while that has demand. */
  private final Executor threads;

  LivePublisher(Log log, LiveOptions options) {
    this(log, options, work -> THREADS.execute(work, log.path()));
  }

  LivePublisher(Log log, LiveOptions options, Executor threads) {
    this.log = log;
    this.options = Objects.requireNonNull(options, "options").checkedFor(log);
    this.threads = threads;
  }

  @Override
  public void subscribe(Flow.Subscriber<? super Entry> subscriber) {
    Objects.requireNonNull(subscriber, "subscriber");
    new LiveSubscription(log, options, subscriber, threads).start();
  }

  @Override
  public String toString() {
    return Description.of("Live", log, "since");
  }
}
