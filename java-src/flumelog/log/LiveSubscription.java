package flumelog.log;

import flumelog.error.UseFailures;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * What one subscriber is told, by one thread at a time. There is such a thread while the subscriber wants more, or is
 * to be told that there is none: it waits for records, and is interrupted only while it does.
 */
final class LiveSubscription implements Flow.Subscription {
  private final Log log;
  private final Executor threads;
  private final LiveCursor cursor;
  private final Runnable whenClosed = this::serveSoon;
  // What follows is guarded by this.
  /** Null once it was told the end, or has cancelled. */
  private Flow.Subscriber<? super Entry> subscriber;
  /** How many records it wants; {@code Long.MAX_VALUE} is all there will ever be. */
  private long demand;
  /** How many it may still be given. */
  private long left;
  /** What it is told next, and last. */
  private Throwable failure;
  /** At first, until {@code onSubscribe} has returned, there is nobody else who may tell it anything. */
  private boolean served = true;
  /** The thread that waits for a record, or null. */
  private Thread waiting;

  LiveSubscription(Log log, LiveOptions options, Flow.Subscriber<? super Entry> subscriber, Executor threads) {
    this.log = log;
    this.threads = threads;
    this.cursor = new LiveCursor(log, options);
    this.left = options.limit();
    this.subscriber = subscriber;
    if (log.isClosed()) this.failure = UseFailures.closed(log.path());
  }

  void start() {
    log.since().whenClosed(whenClosed);
    try {
      subscriber().onSubscribe(this);
    } catch (Throwable t) {
      misbehaved(t);
    }
    serveInThread();
  }

  @Override
  public void request(long n) {
    synchronized (this) {
      if (subscriber == null) return;
      if (n > 0) {
        demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
      } else {
        failure = new IllegalArgumentException("demand must be 1 or more, was " + n + " (Reactive Streams, rule 3.9)");
        if (waiting != null) waiting.interrupt();
      }
    }
    serveSoon();
  }

  @Override
  public synchronized void cancel() {
    subscriber = null;
    if (waiting != null) waiting.interrupt();
    log.since().dropTask(whenClosed);
  }

  private void serveSoon() {
    synchronized (this) {
      if (served || !hasWork()) return;
      served = true;
    }
    serveInThread();
  }

  /** Where no thread can be had, the subscriber is told that by the caller: it would hear nothing more, and not know why. */
  private void serveInThread() {
    try {
      threads.execute(this::serve);
    } catch (Throwable noThread) {
      if (!log.isClosed()) fail(noThread);
      serve();
    }
  }

  private void serve() {
    try {
      while (goesOn()) tellNext();
    } catch (Throwable t) {
      misbehaved(t);
    }
  }

  private synchronized boolean goesOn() {
    served = hasWork();
    return served;
  }

  private boolean hasWork() {
    return subscriber != null && (demand > 0 || left == 0 || failure != null || log.isClosed());
  }

  private void tellNext() {
    Entry entry = null;
    try {
      entry = next();
    } catch (Throwable t) {
      fail(t);
    }
    Throwable failed = failure();
    if (failed != null) end(s -> s.onError(failed));
    else if (entry != null) give(entry);
    else end(Flow.Subscriber::onComplete);
  }

  /** The next record; null when there will be none, or when something else is to be told or nothing any more. */
  private Entry next() {
    while (beginsToWait()) {
      try {
        if (!cursor.next()) return null;
        byte[] data = cursor.data();
        if (data != null) return new Entry(cursor.offset(), data);
      } catch (InterruptedException e) {
        // By cancel or request, which have left word; or by the subscriber's own doing, which is of no account here.
      } finally {
        endsWaiting();
      }
    }
    return null;
  }

  private synchronized boolean beginsToWait() {
    if (subscriber == null || failure != null || left == 0 || demand == 0) return false;
    waiting = Thread.currentThread();
    return true;
  }

  /** From here on nobody interrupts the thread, and it has not been. */
  private synchronized void endsWaiting() {
    waiting = null;
    Thread.interrupted();
  }

  private void give(Entry entry) {
    Flow.Subscriber<? super Entry> to;
    synchronized (this) {
      if (subscriber == null) return;
      if (demand != Long.MAX_VALUE) demand--;
      if (left != Long.MAX_VALUE) left--;
      to = subscriber;
    }
    to.onNext(entry);
  }

  private void end(Consumer<Flow.Subscriber<? super Entry>> tell) {
    Flow.Subscriber<? super Entry> last = subscriber();
    if (last == null) return;
    cancel();
    tell.accept(last);
  }

  /** A subscriber that throws has cancelled; its exception goes where those of threads go. */
  private void misbehaved(Throwable t) {
    cancel();
    Thread thread = Thread.currentThread();
    thread.getUncaughtExceptionHandler().uncaughtException(thread, t);
  }

  private synchronized void fail(Throwable t) {
    if (failure == null) failure = t;
  }

  private synchronized Throwable failure() {
    return failure;
  }

  private synchronized Flow.Subscriber<? super Entry> subscriber() {
    return subscriber;
  }
}
