package flumelog.kafka;

import flumelog.error.LogException;
import flumelog.error.UseFailures;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Appends by transactions. All records that wait when a transaction ends go into the next one, so many small appends share one. If nobody
 * waits before a caller that waits for its records, that caller makes the transaction itself. A thread makes the other transactions.
 */
final class Committer implements Writes {
  /** More bytes make a transaction no quicker. */
  private static final long MOST_BYTES_OF_A_TRANSACTION = 1 << 23;
  /** A call blocks while more bytes wait. */
  private static final long MOST_WAITING_BYTES = 1 << 24;
  /** The failures after which the caller may try again, or append something else. */
  private static final Set<LogException.Kind> NOTHING_DONE = Set.of(LogException.Kind.UNAVAILABLE, LogException.Kind.TOO_LARGE);
  /** About how many bytes of memory a record takes besides its data. */
  private static final long BYTES_OF_A_RECORD = 100;

  private final Transactions transactions;
  private final Calls calls;
  /** Takes the last offset of a transaction, before its callers are told. Throws if the offset is impossible. */
  private final LongConsumer appended;
  private final Completions completions;
  private final LastCommit lastCommit;
  private final Thread thread;
  // All fields below are guarded by this.
  private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
  private long waitingBytes;
  /** How many calls have handed in records, and for how many of them the records are appended or have failed. */
  private long handedIn;
  private long ended;
  /** Whether a thread makes a transaction. */
  private boolean isTaken;
  private boolean isClosed;
  private @Nullable RuntimeException failure;
  /** Why records could not be appended while the log was being closed; null if all were. */
  private @Nullable RuntimeException notAppended;

  Committer(Transactions transactions, Calls calls, LongConsumer appended, Completions completions, LastCommit lastCommit) {
    this.transactions = transactions;
    this.calls = calls;
    this.appended = appended;
    this.completions = completions;
    this.lastCommit = lastCommit;
    this.thread = new Thread(this::run, "flumelog-kafka " + calls.path());
    thread.setDaemon(true);
    thread.start();
  }

  private static long bytes(Pending records) {
    return records.bytes() + BYTES_OF_A_RECORD * records.data().length;
  }

  @Override
  public void append(Pending records) {
    if (!handIn(records)) return;
    try {
      append(List.of(records));
    } finally {
      endTurn();
    }
  }

  /** Returns whether the caller has the turn; if not, the thread appends the records. */
  private synchronized boolean handIn(Pending records) {
    awaitRoom(records);
    if (isClosed) throw UseFailures.closed(calls.path());
    if (failure != null) throw failure;
    handedIn++;
    if (!isTaken && waiting.isEmpty() && !records.isAsync()) {
      isTaken = true;
      return true;
    }
    waiting.add(records);
    waitingBytes += bytes(records);
    notifyAll();
    return false;
  }

  private synchronized void endTurn() {
    isTaken = false;
    notifyAll();
  }

  private void awaitRoom(Pending records) {
    boolean interrupted = false;
    try {
      while (waitingBytes > MOST_WAITING_BYTES && failure == null && !isClosed) {
        long left = TimeUnit.NANOSECONDS.toMillis(records.deadline() - System.nanoTime());
        if (left <= 0) throw UseFailures.unavailable(calls.path(), "appending to", calls.noAnswer());
        interrupted |= Calls.waitOn(this, left);
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
  }

  private void run() {
    for (List<Pending> group = next(); group != null; group = next()) {
      List<Pending> inTime = failLate(group);
      try {
        if (!inTime.isEmpty()) append(inTime);
      } finally {
        endTurn();
      }
    }
  }

  /** The records for the next transaction. Waits until there are some; null when the log is closed. */
  private synchronized @Nullable List<Pending> next() {
    while (waiting.isEmpty() || isTaken) {
      if (isClosed && waiting.isEmpty() && !isTaken) return null;
      Calls.waitOn(this, 0); // nobody has a reason to interrupt the thread
    }
    isTaken = true;
    List<Pending> group = new ArrayList<>();
    for (long bytes = 0; !waiting.isEmpty() && (bytes == 0 || bytes + bytes(waiting.peek()) <= MOST_BYTES_OF_A_TRANSACTION); ) {
      bytes += bytes(waiting.peek());
      group.add(waiting.poll());
    }
    for (Pending one : group) waitingBytes -= bytes(one);
    notifyAll();
    return group;
  }

  /** Fails the calls that have waited for too long. Nothing of them was sent. Returns the others. */
  private List<Pending> failLate(List<Pending> group) {
    long now = System.nanoTime();
    List<Pending> inTime = new ArrayList<>(group.size());
    for (Pending one : group) {
      if (one.deadline() - now > 0) inTime.add(one);
      else fail(one, UseFailures.unavailable(calls.path(), "appending to", calls.noAnswer()));
    }
    return inTime;
  }

  /** For the thread that has the turn. */
  private void append(List<Pending> group) {
    long[] offsets;
    try {
      lastCommit.await();
      offsets = transactions.append(group);
      lastCommit.made(offsets[offsets.length - 1]);
      appended.accept(offsets[offsets.length - 1]);
    } catch (Throwable t) {
      end(group, t instanceof RuntimeException known ? known : new IllegalStateException("appending failed", t));
      return;
    }
    int from = 0;
    for (Pending one : group) {
      int to = from + one.data().length;
      one.succeed(Arrays.copyOfRange(offsets, from, to));
      end(one);
      from = to;
    }
  }

  private void end(Pending one) {
    if (one.isAsync()) completions.add(one);
    synchronized (this) {
      ended++;
      notifyAll();
    }
  }

  private void end(List<Pending> group, RuntimeException why) {
    boolean isLast = transactions.failure() != null || !(why instanceof LogException known) || !NOTHING_DONE.contains(known.kind());
    List<Pending> all = new ArrayList<>(group);
    synchronized (this) {
      if (isClosed) notAppended = why;
      if (isLast) {
        failure = why;
        all.addAll(waiting);
        waiting.clear();
        waitingBytes = 0;
      }
    }
    all.forEach(one -> fail(one, why));
  }

  private void fail(Pending one, RuntimeException why) {
    one.fail(why);
    end(one);
  }

  @Override
  public synchronized @Nullable RuntimeException failure() {
    return failure;
  }

  @Override
  public synchronized void flush() {
    boolean interrupted = false;
    long all = handedIn;
    while (ended < all) {
      interrupted |= Calls.waitOn(this, 0);
    }
    if (interrupted) Thread.currentThread().interrupt();
  }

  @Override
  public @Nullable RuntimeException close(long millis) {
    synchronized (this) {
      isClosed = true;
      notifyAll();
    }
    join(millis);
    transactions.close(thread.isAlive() ? 0 : millis / 4);
    join(millis / 4);
    List<Pending> left;
    synchronized (this) {
      left = List.copyOf(waiting);
      waiting.clear();
    }
    if (!left.isEmpty()) end(left, UseFailures.unavailable(calls.path(), "appending to", calls.noAnswer()));
    synchronized (this) {
      return notAppended;
    }
  }

  private void join(long millis) {
    boolean interrupted = Thread.interrupted();
    try {
      thread.join(Math.max(1, millis));
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
