package flumelog.log;

import flumelog.error.UseFailures;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;

/**
 * The subscription of one subscriber. One thread at a time calls the subscriber. That thread exists while the
 * subscriber has demand, or until the end was reported to it. It waits for records, and is interrupted only while it
 * waits.
 */
final class LiveSubscription implements Flow.Subscription {
  private final Log log;
  private final Executor threads;
  private final LiveCursor cursor;
  // The fields below are guarded by this.
  /** Makes the close of the log end it. */
  private Since.Registration untilClosed;
  /** Null after the end was reported to it, or it has cancelled. */
  private Flow.Subscriber<? super Entry> subscriber;
  /** How many records it has requested; {@code Long.MAX_VALUE} means all that will ever come. */
  private long demand;
  /** How many records the options still allow. */
  private long left;
  /** The error to report next, as the end; null if there is none. */
  private Throwable failure;
  /**
   * Whether a thread serves it. Starts as true: until {@code onSubscribe} returns, no other thread may call the
   * subscriber.
   */
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
    synchronized (this) {
      untilClosed = log.since().whenClosed(this::serveSoon);
    }
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
    untilClosed.close();
  }

  private void serveSoon() {
    synchronized (this) {
      if (served || !hasWork()) return;
      served = true;
    }
    serveInThread();
  }

  /**
   * Serves in a thread of the pool. If none can be made, the caller tells the subscriber that error, and serves it
   * itself.
   */
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
    return subscriber != null && (demand > 0 || left == 0 || failure != null || cursor.isAtEnd() || log.isClosed());
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

  /**
   * The next record; null if no more will come, or if there is an error to tell, or if the subscriber has cancelled. Throws
   * if the log was closed before all its records were given.
   */
  private Entry next() {
    while (beginsToWait()) {
      try {
        if (!cursor.next()) return null;
        byte[] data = cursor.data();
        if (data != null) return new Entry(cursor.offset(), data, cursor.end());
      } catch (InterruptedException e) {
        // By cancel or request, which have set the fields; or by the subscriber itself, which is ignored.
      } finally {
        endsWaiting();
      }
    }
    if (!limitIsReached()) cursor.checkNotCutShort();
    return null;
  }

  private synchronized boolean limitIsReached() {
    return left == 0;
  }

  private synchronized boolean beginsToWait() {
    if (subscriber == null || failure != null || left == 0 || demand == 0) return false;
    waiting = Thread.currentThread();
    return true;
  }

  /** From here on the thread is not interrupted. Clears an interrupt that came before. */
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

  /** Cancels a subscriber that throws. Its exception goes to the thread's uncaught exception handler. */
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
