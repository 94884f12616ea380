package flumelog.kafka;

import flumelog.engine.Workers;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Reads the next run of a cursor in another thread, while the cursor gives out the records of the run before it. */
final class Ahead {
  private static final Workers THREADS = Workers.many("flumelog-kafka-read");

  private final boolean isForward;
  private final long at;
  private final CompletableFuture<Run> run = new CompletableFuture<>();

  private Ahead(boolean isForward, long at) {
    this.isForward = isForward;
    this.at = at;
  }

  /**
   * Begins to read.
   *
   * @param at the offset that the cursor will have when it needs the run
   */
  static Ahead of(boolean isForward, long at, Supplier<Run> reading, String path) {
    Ahead ahead = new Ahead(isForward, at);
    try {
      THREADS.execute(() -> ahead.read(reading), path);
    } catch (OutOfMemoryError noThread) {
      ahead.run.completeExceptionally(noThread);
    }
    return ahead;
  }

  private void read(Supplier<Run> reading) {
    try {
      run.complete(reading.get());
    } catch (Throwable t) {
      run.completeExceptionally(t);
    }
  }

  /** The run, if it is the one that the cursor needs; null if it is another one, or if reading it has failed. */
  @Nullable Run take(boolean forward, long from) {
    if (forward != isForward || from != at) return null;
    try {
      return run.join();
    } catch (CompletionException e) {
      return null;
    }
  }
}
