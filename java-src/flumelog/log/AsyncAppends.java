package flumelog.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Appends that nobody waits for: all that are asked for while a write is under way, or the force that it waits for, go
 * out with the next one. Where too much has piled up, the caller does the work before it goes on.
 */
final class AsyncAppends {
  private static final long MAX_PENDING_BYTES = 1 << 20;

  private static final Executor THREADS = Threads.pool("flumelog-append");

  private record Promise(Batch batch, CompletableFuture<Long> future) {
    void keep(Throwable notDurable) {
      Throwable failure = batch.failure() == null ? notDurable : batch.failure();
      try {
        if (failure == null) future.complete(batch.offsets()[0]);
      } catch (Throwable t) {
        failure = t;
      }
      if (failure != null) future.completeExceptionally(failure);
    }
  }

  /** Appends that are done, and why they may not be on disk where they should be. */
  private record Written(List<Promise> promises, Throwable notDurable) {}

  private final Writer writer;
  private final Since since;
  private final Since durable;
  private final Durability durability;
  private final ArrayDeque<Promise> promises = new ArrayDeque<>();
  /** Whether a thread of ours writes or waits for the disk: what comes meanwhile goes out with its next turn. */
  private final AtomicBoolean writing = new AtomicBoolean();

  /** A class and not a lambda, since a stack that ends while a lambda is made spoils those to come. */
  private final class Turn implements Runnable {
    @Override
    public void run() {
      writeInTurn();
    }
  }

  AsyncAppends(Writer writer, Since since, Since durable, Durability durability) {
    this.writer = writer;
    this.since = since;
    this.durable = durable;
    this.durability = durability;
  }

  /** Completes with the offset when the record is appended, and under {@code :sync :each} on disk. */
  CompletableFuture<Long> append(Batch batch) {
    CompletableFuture<Long> future = new AppendFuture<>();
    long waiting;
    synchronized (promises) {
      promises.add(new Promise(batch, future));
      try {
        waiting = writer.handIn(batch);
      } catch (Throwable t) {
        promises.removeLast();
        throw t;
      }
    }
    try {
      if (waiting > MAX_PENDING_BYTES) tell(write());
      else writeSoon();
    } catch (Throwable t) {
      future.completeExceptionally(t); // mostly it was told already
    }
    return future;
  }

  /** Where no thread can be had, the caller does it. */
  private void writeSoon() {
    if (!writing.compareAndSet(false, true)) return;
    try {
      THREADS.execute(new Turn());
    } catch (Throwable noThread) {
      writeInTurn();
    }
  }

  /** The next turn begins before anybody is told, for what they do then may wait for another append. */
  private void writeInTurn() {
    Written written;
    try {
      written = write();
    } finally {
      writing.set(false);
      if (hasPromises()) writeSoon();
    }
    tell(written);
  }

  /** When the log is closed: tells those whose turn did not come. */
  void end() {
    if (hasPromises()) tell(write());
  }

  /** Writes what was asked for, and does what the policy says; returns whom to tell. */
  private Written write() {
    try {
      writer.writePending();
      List<Promise> written = written();
      return new Written(written, settle());
    } catch (Throwable t) {
      // Without memory for a list each is told by itself.
      for (Promise done = nextDone(); done != null; done = nextDone()) done.keep(t);
      throw t;
    }
  }

  private void tell(Written written) {
    try {
      since.tell();
      durable.tell();
    } finally {
      for (int i = 0; i < written.promises.size(); i++) written.promises.get(i).keep(written.notDurable);
    }
  }

  private List<Promise> written() {
    synchronized (promises) {
      List<Promise> written = new ArrayList<>(promises.size());
      for (Promise done = nextDone(); done != null; done = nextDone()) written.add(done);
      return written;
    }
  }

  private Promise nextDone() {
    synchronized (promises) {
      return !promises.isEmpty() && promises.peek().batch.isDone() ? promises.remove() : null;
    }
  }

  private boolean hasPromises() {
    synchronized (promises) {
      return !promises.isEmpty();
    }
  }

  private Throwable settle() {
    try {
      durability.settle();
      return null;
    } catch (Throwable t) {
      return t;
    }
  }
}
