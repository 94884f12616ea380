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
  /** One of these threads serves a subscription while that has demand. */
  private static final Executor THREADS = Workers.many("flumelog-live");

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

  @Override
  public String toString() {
    return Description.of("Live", log, "since");
  }
}
