package flumelog.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Appends without waiting. Records that come while a write, or its force, is under way share the next write. If too
 * many bytes wait, the calling thread writes them before it returns.
 */
public final class AsyncAppends {
  private static final long MAX_PENDING_BYTES = 1 << 20;

  private static final Executor THREADS = Threads.pool("flumelog-append");

  /** A record that was handed in, and the future of its caller. */
  private static final class Promise {
    private final Batch batch;
    private final CompletableFuture<Long> future;
    /** Why the record may not be on disk although the policy requires it; null if nothing failed. */
    private Throwable notDurable;
    private Promise next;

    Promise(Batch batch, CompletableFuture<Long> future) {
      this.batch = batch;
      this.future = future;
    }

    /**
     * Completes the future. Tries again if memory runs out, since a thread that waits for the future must not wait for
     * ever.
     */
    void keep() {
      while (!future.isDone()) {
        try {
          Throwable failure = batch.failure() == null ? notDurable : batch.failure();
          if (failure == null) future.complete(batch.offsets()[0]);
          else future.completeExceptionally(failure);
        } catch (OutOfMemoryError e) {
          Thread.yield();
        }
      }
    }
  }

  /** A queue whose operations allocate no memory, so that no promise is lost when memory runs out. */
  private static final class Promises {
    private Promise first;
    private Promise last;

    void add(Promise promise) {
      if (first == null) first = promise;
      else last.next = promise;
      last = promise;
    }

    void moveAllTo(Promises others) {
      if (first == null) return;
      others.add(first);
      others.last = last;
      first = null;
    }

    void moveDoneTo(Promises others) {
      while (first != null && first.batch.isDone()) {
        Promise done = first;
        first = done.next;
        done.next = null;
        others.add(done);
      }
    }

    void setNotDurable(Throwable why) {
      for (Promise promise = first; promise != null; promise = promise.next) promise.notDurable = why;
    }

    /** Keeps all promises. Each stays in the queue until it is kept. */
    void keepAll() {
      for (; first != null; first = first.next) first.keep();
    }
  }

  private final Writer writer;
  private final Watermark since;
  private final Watermark durable;
  private final Durability durability;
  /** The promises whose records are not written yet. Guarded by its monitor, as is the other queue. */
  private final Promises waiting = new Promises();
  /** The promises of written records that a thread could not keep, because its stack overflowed. */
  private final Promises leftUntold = new Promises();
  /**
   * Whether a thread of the pool writes or waits for the disk. Records that come meanwhile are written by its next
   * turn.
   */
  private final AtomicBoolean writing = new AtomicBoolean();

  /**
   * Writes the records that were handed in, and completes their futures. Its memory is allocated together with it: if
   * memory ran out during the turn, no other thread would complete the futures. It is a class and not a lambda, because
   * a stack overflow while the JVM links a lambda breaks all later ones.
   */
  private final class Turn implements Runnable {
    private final Promises done = new Promises();

    /**
     * Starts the next turn before it completes the futures, because their dependent actions may wait for another
     * append.
     */
    @Override
    public void run() {
      do {
        try {
          write(done);
        } finally {
          writing.set(false);
        }
        boolean isLast = !isSomebodyWaiting() || beginsNext();
        try {
          tell(done);
        } catch (OutOfMemoryError e) {
          if (isLast) throw e;
        }
        if (isLast) return;
      } while (isSomebodyWaiting() && writing.compareAndSet(false, true));
    }
  }

  public AsyncAppends(Writer writer, Watermark since, Watermark durable, Durability durability) {
    this.writer = writer;
    this.since = since;
    this.durable = durable;
    this.durability = durability;
  }

  /** Completes with the offset when the record is appended; under {@code :sync :each} when it is on disk. */
  public CompletableFuture<Long> append(Batch batch) {
    CompletableFuture<Long> future = new AppendFuture<>();
    Promise promise = new Promise(batch, future);
    long bytes;
    synchronized (waiting) {
      bytes = writer.handIn(batch);
      waiting.add(promise);
    }
    try {
      if (bytes > MAX_PENDING_BYTES) writeNow();
      else writeSoon();
    } catch (Throwable t) {
      future.completeExceptionally(t); // no effect if it is complete already, as it mostly is
    }
    return future;
  }

  /** Starts a turn unless one is running. If no thread can be made, the caller runs it. */
  private void writeSoon() {
    if (writing.get()) return;
    Turn turn = new Turn();
    if (!writing.compareAndSet(false, true)) return;
    try {
      THREADS.execute(turn);
    } catch (Throwable noThread) {
      turn.run();
    }
  }

  /** Starts the next turn. Returns false if there is no thread, or no memory, for one. */
  private boolean beginsNext() {
    try {
      Turn next = new Turn();
      if (!writing.compareAndSet(false, true)) return true;
      try {
        THREADS.execute(next);
        return true;
      } catch (Throwable noThread) {
        writing.set(false);
      }
    } catch (OutOfMemoryError e) {
      // The same as without a thread.
    }
    return false;
  }

  private void writeNow() {
    Promises done = new Promises();
    write(done);
    tell(done);
  }

  /** When the log is closed: completes the futures of records that were not written. */
  public void end() {
    if (isSomebodyWaiting()) writeNow();
  }

  /**
   * Writes the records that were handed in, and forces as the policy says. Moves their promises to {@code done}.
   * Allocates nothing.
   */
  private void write(Promises done) {
    Throwable notDurable = null;
    try {
      writer.writePending();
      takeDone(done);
      durability.forceOrSchedule();
    } catch (Throwable t) {
      notDurable = t;
      takeDone(done);
    }
    done.setNotDurable(notDurable);
    synchronized (leftUntold) {
      leftUntold.moveAllTo(done);
    }
  }

  private void takeDone(Promises done) {
    synchronized (waiting) {
      waiting.moveDoneTo(done);
    }
  }

  private void tell(Promises done) {
    try {
      since.tell();
      durable.tell();
    } finally {
      try {
        done.keepAll();
      } finally {
        synchronized (leftUntold) {
          done.moveAllTo(leftUntold);
        }
      }
    }
  }

  private boolean isSomebodyWaiting() {
    synchronized (waiting) {
      if (waiting.first != null) return true;
    }
    synchronized (leftUntold) {
      return leftUntold.first != null;
    }
  }
}
