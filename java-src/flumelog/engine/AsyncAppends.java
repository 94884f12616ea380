package flumelog.engine;

import flumelog.error.Diagnostics;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Appends without waiting. Records that come while a write, or its force, is under way share the next write. If too
 * many bytes wait, the calling thread writes them before it returns.
 */
public final class AsyncAppends {
  private static final long MAX_PENDING_BYTES = 1 << 20;

  private static final Workers THREADS = Workers.many("flumelog-append");

  private final Writer writer;
  private final Watermark since;
  private final Watermark durable;
  private final Durability durability;
  /** The promises whose records are not written yet. Guarded by its monitor, as is the other queue. */
  private final Promises waiting = new Promises();
  /** The promises of written records that a thread could not keep, because its stack or memory ended. */
  private final Promises leftUntold = new Promises();
  /**
   * Whether a thread of the pool writes or waits for the disk. Records that come meanwhile are written by its next
   * turn.
   */
  private final AtomicBoolean writing = new AtomicBoolean();

  /**
   * Writes the records in the queue, and completes their futures. Its memory is allocated together with it: if
   * memory ran out during the turn, no other thread would complete the futures. It is a class and not a lambda, because
   * a stack overflow while the JVM links a lambda breaks all later ones.
   */
  private final class Turn implements Runnable {
    private final Promises done = new Promises();

    /**
     * If memory runs out, the promises that are left are kept the next time round. After any other error that is tried once: a
     * thread at the end of its stack would fail for ever.
     */
    @Override
    public void run() {
      boolean hasFailed = false;
      do {
        try {
          runOnce();
        } catch (OutOfMemoryError e) {
          Threads.waitForMemory();
        } catch (Throwable thrown) {
          if (hasFailed) throw thrown;
          hasFailed = true;
          Diagnostics.handToThread(thrown);
        }
      } while (isSomebodyWaiting() && writing.compareAndSet(false, true));
    }

    /**
     * Starts the next turn before it completes the futures, because their dependent actions may wait for another
     * append.
     */
    private void runOnce() {
      try {
        try {
          write(done);
        } finally {
          writing.set(false);
        }
        if (isSomebodyWaiting()) beginNext();
        tell(done);
      } finally {
        leave(done);
      }
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
    CompletableFuture<Long> future = AppendFuture.pending();
    Promises.Promise promise = new Promises.Promise(batch, future);
    long bytes;
    synchronized (waiting) {
      bytes = writer.enqueue(batch);
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
      THREADS.execute(turn, writer.path());
    } catch (Throwable noThread) {
      turn.run();
    }
  }

  /** Starts the next turn unless one is running. If there is no thread, or no memory, this turn goes on as the next. */
  private void beginNext() {
    try {
      Turn next = new Turn();
      if (writing.compareAndSet(false, true)) execute(next);
    } catch (OutOfMemoryError e) {
      // The same as without a thread.
    }
  }

  private void execute(Turn next) {
    try {
      THREADS.execute(next, writer.path());
    } catch (Throwable noThread) {
      writing.set(false);
    }
  }

  private void writeNow() {
    Promises done = new Promises();
    try {
      write(done);
      tell(done);
    } finally {
      leave(done);
    }
  }

  /** When the log is closed: completes the futures of records that were not written. */
  public void end() {
    if (isSomebodyWaiting()) writeNow();
  }

  /**
   * Writes the records in the queue, and forces as the policy says. Moves their promises to {@code done}.
   * Allocates nothing.
   */
  private void write(Promises done) {
    Throwable notDurable = null;
    try {
      writer.writeQueue();
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
      done.keepAll();
    }
  }

  /** Leaves the promises that this thread could not keep to the next turn. */
  private void leave(Promises notKept) {
    synchronized (leftUntold) {
      notKept.moveAllTo(leftUntold);
    }
  }

  private boolean isSomebodyWaiting() {
    synchronized (waiting) {
      if (!waiting.isEmpty()) return true;
    }
    synchronized (leftUntold) {
      return !leftUntold.isEmpty();
    }
  }
}
