package flumelog.engine;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Appends that nobody waits for: all that are asked for while a write is under way, or the force that it waits for, go
 * out with the next one. Where too much has piled up, the caller does the work before it goes on.
 */
public final class AsyncAppends {
  private static final long MAX_PENDING_BYTES = 1 << 20;

  private static final Executor THREADS = Threads.pool("flumelog-append");

  /** The record that a caller was promised, until the future is told. */
  private static final class Promise {
    private final Batch batch;
    private final CompletableFuture<Long> future;
    /** Why the record may not be on disk where the policy says that it is; null when it is. */
    private Throwable notDurable;
    private Promise next;

    Promise(Batch batch, CompletableFuture<Long> future) {
      this.batch = batch;
      this.future = future;
    }

    /** Tries again where memory runs out: whoever waits for the future must not wait for ever. */
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

  /** A queue that takes no memory when something is put in, so that no promise is lost where there is none. */
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

    /** Each stays in the queue until it was kept. */
    void keepAll() {
      for (; first != null; first = first.next) first.keep();
    }
  }

  private final Writer writer;
  private final Watermark since;
  private final Watermark durable;
  private final Durability durability;
  /** Those whose turn has not come. Used, as the other queue is, by a thread that holds its monitor. */
  private final Promises waiting = new Promises();
  /** Those that a thread has left untold, because its stack ended. */
  private final Promises leftUntold = new Promises();
  /** Whether a thread of ours writes or waits for the disk: what comes meanwhile goes out with its next turn. */
  private final AtomicBoolean writing = new AtomicBoolean();

  /**
   * Writes what was handed in, and tells the callers. What it needs is allocated with it: where memory runs out nobody else
   * comes for those who wait. It is a class and not a lambda: a stack that ends while a lambda is linked spoils all later ones.
   */
  private final class Turn implements Runnable {
    private final Promises done = new Promises();

    /** The next turn begins before anybody is told, because what they do then may wait for another append. */
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

  /** Completes with the offset when the record is appended, and under {@code :sync :each} on disk. */
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
      future.completeExceptionally(t); // mostly it was told already
    }
    return future;
  }

  /** Where no thread can be had, the caller does it. */
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

  /** Begins the next turn; false where there is neither a thread nor memory for one. */
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
      // As without a thread.
    }
    return false;
  }

  private void writeNow() {
    Promises done = new Promises();
    write(done);
    tell(done);
  }

  /** When the log is closed: tells those whose turn did not come. */
  public void end() {
    if (isSomebodyWaiting()) writeNow();
  }

  /** Writes what was handed in, and does what the policy says. Adds those to tell to {@code done}, and allocates nothing itself. */
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
