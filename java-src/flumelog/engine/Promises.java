package flumelog.engine;

import flumelog.error.Diagnostics;
import java.util.concurrent.CompletableFuture;

/** A queue whose operations allocate no memory, so that no promise is lost when memory runs out. */
final class Promises {
  /** A record that was handed in, and the future of its caller. */
  static final class Promise {
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
     * Completes the future, which runs the actions that depend on it. Tries again if memory runs out, since a thread that
     * waits for the future must not wait for ever. Tries again also if an action ends with an error, since the other
     * actions of the future and the other promises must not wait for ever either; the error goes to the handler of
     * uncaught exceptions. Throws if the stack of this thread ends before one more action was run.
     */
    void keep() {
      int left = Integer.MAX_VALUE;
      while (true) {
        try {
          complete();
          return;
        } catch (OutOfMemoryError e) {
          Threads.waitForMemory();
        } catch (Throwable thrown) {
          int before = left;
          left = future.getNumberOfDependents();
          if (!future.isDone() || left == before) throw thrown;
          Diagnostics.handToThread(thrown);
        }
      }
    }

    /** If the future is complete already, this only runs the actions that were not run. */
    private void complete() {
      Throwable failure = batch.failure() == null ? notDurable : batch.failure();
      if (failure == null) future.complete(batch.offsets()[0]);
      else future.completeExceptionally(failure);
    }
  }

  private Promise first;
  private Promise last;

  boolean isEmpty() {
    return first == null;
  }

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
