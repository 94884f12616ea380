package flumelog.kafka;

import flumelog.error.Diagnostics;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Follows the appends of other writers, in a thread of its own: each request waits at the broker until there is a record. The thread
 * starts when a caller first waits for records, and ends when the log is closed.
 */
final class Tail {
  private static final long WAIT_MILLIS = 500;
  private static final long PAUSE_MILLIS = 200;

  /** The log, which takes in the records that have come. */
  interface Taker {
    /** The end of the known records, exclusive. */
    long end();

    /** Takes a stretch that begins there. */
    void take(Stretch stretch);
  }

  private final ClientSettings clients;
  private final Topic topic;
  private final Taker taker;
  private Thread thread;
  private Fetcher fetcher;
  private volatile boolean isFollowing;
  private volatile boolean isClosed;

  Tail(ClientSettings clients, Topic topic, Taker taker) {
    this.clients = clients;
    this.topic = topic;
    this.taker = taker;
  }

  /** Starts the thread, unless it was started. Returns whether it follows already, so that new records come by themselves. */
  synchronized boolean begin() {
    if (thread != null || isClosed) return isFollowing;
    thread = new Thread(this::run, "flumelog-kafka-tail " + topic.partition().topic());
    thread.setDaemon(true);
    thread.start();
    return false;
  }

  private void run() {
    while (!isClosed) {
      try {
        follow();
      } catch (WakeupException e) {
        // The log is being closed.
      } catch (RuntimeException e) {
        // A caller that reads the log gets the error too.
        if (!isClosed) Diagnostics.write(System.Logger.Level.WARNING, "following " + topic.partition() + " failed, and is tried again", e);
        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(PAUSE_MILLIS));
      }
    }
  }

  private void follow() {
    Fetcher own = open();
    try {
      own.seek(taker.end());
      while (!isClosed) {
        Stretch stretch = own.readOn(WAIT_MILLIS);
        if (stretch.to() > stretch.from()) taker.take(stretch);
        isFollowing = true;
      }
    } finally {
      isFollowing = false;
      synchronized (this) {
        fetcher = null;
      }
      own.close(0);
    }
  }

  private synchronized Fetcher open() {
    if (isClosed) throw new WakeupException();
    fetcher = new Fetcher(clients, ClientSettings.Reading.TAIL, topic.partition());
    return fetcher;
  }

  synchronized void close() {
    isClosed = true;
    if (fetcher != null) fetcher.wakeUp();
    if (thread != null) LockSupport.unpark(thread);
  }
}
