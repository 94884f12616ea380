package flumelog.log;

import java.util.concurrent.Flow;

/** Gives a subscriber the values of records. A record that can't be decoded ends the subscription. */
final class TypedSubscriber<T> implements Flow.Subscriber<Entry> {
  private final Flow.Subscriber<? super TypedEntry<T>> subscriber;
  private final TypedLog<T> log;
  private Flow.Subscription subscription;

  TypedSubscriber(Flow.Subscriber<? super TypedEntry<T>> subscriber, TypedLog<T> log) {
    this.subscriber = subscriber;
    this.log = log;
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    subscriber.onSubscribe(given);
  }

  @Override
  public void onNext(Entry entry) {
    TypedEntry<T> typed;
    try {
      typed = log.typed(entry);
    } catch (RuntimeException | Error e) {
      subscription.cancel();
      subscriber.onError(e);
      return;
    }
    subscriber.onNext(typed);
  }

  @Override
  public void onError(Throwable failure) {
    subscriber.onError(failure);
  }

  @Override
  public void onComplete() {
    subscriber.onComplete();
  }
}
