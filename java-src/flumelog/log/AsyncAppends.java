package flumelog.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
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
      if (failure == null) future.complete(batch.offsets()[0]);
      else future.completeExceptionally(failure);
    }
  }

  private final Writer writer;
  private final Since since;
  private final Since durable;
  private final Durability durability;
  private final Queue<Promise> promises = new ArrayDeque<>();
  /** Whether a thread of ours writes or waits for the disk: what comes meanwhile goes out with its next turn. */
  private final AtomicBoolean writing = new AtomicBoolean();

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
      waiting = writer.handIn(batch);
    }
    if (waiting > MAX_PENDING_BYTES) write().run();
    else writeSoon();
    return future;
  }

  private void writeSoon() {
    if (writing.compareAndSet(false, true)) THREADS.execute(this::writeInTurn);
  }

  /** The next turn begins before anybody is told, for what they do then may wait for another append. */
  private void writeInTurn() {
    Runnable tell = write();
    writing.set(false);
    if (hasPromises()) writeSoon();
    tell.run();
  }

  /** Writes what was asked for, and does what the policy says; returns what tells those who watch and those who wait. */
  private Runnable write() {
    writer.writePending();
    List<Promise> written = written();
    Throwable notDurable = settle();
    return () -> {
      since.tell();
      durable.tell();
      written.forEach(promise -> promise.keep(notDurable));
    };
  }

  private List<Promise> written() {
    List<Promise> written = new ArrayList<>();
    synchronized (promises) {
      while (!promises.isEmpty() && promises.peek().batch.isDone()) written.add(promises.remove());
    }
    return written;
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
