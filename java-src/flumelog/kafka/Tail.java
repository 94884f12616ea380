package flumelog.kafka;

import flumelog.error.Diagnostics;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.kafka.common.errors.WakeupException;

/**
 * Follows what others append, in a thread of its own: a request stays with the broker until there is something. The thread begins
 * when somebody first waits, and ends with the log.
 */
final class Tail {
  private static final long WAIT_MILLIS = 500;
  private static final long PAUSE_MILLIS = 200;

  /** What the log does with what came. */
  interface Taker {
    /** Where the records end that are known, exclusive. */
    long end();

    /** Takes a run that begins there. */
    void take(Run run);
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

  /** Begins to follow, unless it does already. Returns whether it does, so that what comes is pushed. */
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
        Run run = own.readOn(WAIT_MILLIS);
        if (run.to() > run.from()) taker.take(run);
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
