package flumelog.kafka;

import flumelog.error.UseFailures;
import flumelog.kafka.ClientSettings.Reading;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.common.TopicPartition;

/** The consumers of a log. A thread takes one for each reading, so that a few consumers serve any number of threads. */
final class Fetchers {
  private static final int MOST_OF_A_KIND = 4;

  private final ClientSettings clients;
  private final TopicPartition partition;
  private final Calls calls;
  // All fields below are guarded by this.
  private final List<Fetcher> idle = new ArrayList<>();
  private final List<Fetcher> busy = new ArrayList<>();
  private final Map<Reading, Integer> made = new EnumMap<>(Reading.class);
  private boolean isClosed;

  Fetchers(ClientSettings clients, TopicPartition partition, Calls calls) {
    this.clients = clients;
    this.partition = partition;
    this.calls = calls;
  }

  /**
   * Takes a consumer, if possible one that stands at the offset, since it has read ahead. Waits if all are in use. The caller gives it
   * back, or drops it.
   */
  Fetcher take(Reading reading, long from, long deadline) {
    Fetcher fetcher = idleOrNone(reading, from, deadline);
    if (fetcher != null) return fetcher;
    try {
      fetcher = new Fetcher(clients, reading, partition);
    } finally {
      if (fetcher == null) forget(reading);
    }
    synchronized (this) {
      busy.add(fetcher);
      if (!isClosed) return fetcher;
    }
    drop(fetcher);
    throw UseFailures.closed(calls.path());
  }

  /** An idle consumer; null if the caller may make one. */
  private synchronized Fetcher idleOrNone(Reading reading, long from, long deadline) {
    boolean interrupted = false;
    try {
      while (true) {
        if (isClosed) throw UseFailures.closed(calls.path());
        Fetcher found = find(reading, from);
        if (found != null) {
          idle.remove(found);
          busy.add(found);
          return found;
        }
        if (made.merge(reading, 1, Integer::sum) <= MOST_OF_A_KIND) return null;
        made.merge(reading, -1, Integer::sum);
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) throw UseFailures.unavailable(calls.path(), "reading", calls.noAnswer());
        interrupted |= Calls.waitOn(this, left);
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private Fetcher find(Reading reading, long from) {
    Fetcher any = null;
    for (Fetcher fetcher : idle) {
      if (fetcher.reading() != reading) continue;
      if (fetcher.position() == from) return fetcher;
      any = fetcher;
    }
    // A consumer that reads ahead elsewhere is not made to jump, unless there are two.
    return any != null && (reading == Reading.POINT || made.getOrDefault(reading, 0) >= 2) ? any : null;
  }

  private synchronized void forget(Reading reading) {
    made.merge(reading, -1, Integer::sum);
    notifyAll();
  }

  void giveBack(Fetcher fetcher) {
    synchronized (this) {
      if (!isClosed) {
        busy.remove(fetcher);
        idle.add(fetcher);
        notifyAll();
        return;
      }
    }
    drop(fetcher);
  }

  /** Closes a consumer after a failure. */
  void drop(Fetcher fetcher) {
    synchronized (this) {
      busy.remove(fetcher);
    }
    forget(fetcher.reading());
    fetcher.close(0);
  }

  /** Closes the idle consumers, and ends the readings of the others, whose threads then close them. */
  void close() {
    List<Fetcher> toClose;
    synchronized (this) {
      isClosed = true;
      toClose = List.copyOf(idle);
      idle.clear();
      busy.forEach(Fetcher::wakeUp);
      notifyAll();
    }
    toClose.forEach(fetcher -> fetcher.close(0));
  }
}
