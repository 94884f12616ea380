package flumelog.log;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Appends that nobody waits for: all that are asked for while a write is under way go out with the next one. Where too
 * much has piled up, the caller does the work before it goes on.
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
  private final Durability durability;
  private final Queue<Promise> promises = new ArrayDeque<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  AsyncAppends(Writer writer, Since since, Durability durability) {
    this.writer = writer;
    this.since = since;
    this.durability = durability;
  }

  /** Completes with the offset when the record is appended, and under {@code :sync :each} on disk. */
  CompletableFuture<Long> append(Batch batch) {
    CompletableFuture<Long> future = new CompletableFuture<>();
    long waiting;
    synchronized (promises) {
      promises.add(new Promise(batch, future));
      waiting = writer.handIn(batch);
    }
    if (waiting > MAX_PENDING_BYTES) run();
    else if (scheduled.compareAndSet(false, true)) THREADS.execute(this::runScheduled);
    return future;
  }

  private void runScheduled() {
    scheduled.set(false);
    run();
  }

  private void run() {
    writer.writePending();
    List<Promise> written = written();
    since.tell();
    Throwable notDurable = settle();
    written.forEach(promise -> promise.keep(notDurable));
  }

  private List<Promise> written() {
    List<Promise> written = new ArrayList<>();
    synchronized (promises) {
      while (!promises.isEmpty() && promises.peek().batch.isDone()) written.add(promises.remove());
    }
    return written;
  }

  private Throwable settle() {
    try {
      durability.settle();
      return null;
    } catch (RuntimeException | Error e) {
      return e;
    }
  }
}
