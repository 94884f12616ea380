package flumelog.kafka;

import flumelog.engine.Workers;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the next runs of a cursor in other threads, while the cursor gives out the records of the run before them. One is fetched from
 * the broker while another one is taken apart.
 */
final class Ahead {
  private static final Workers THREADS = Workers.many("flumelog-kafka-read");
  private static final int MOST = 2;

  private final String path;
  /** In the order in which the cursor comes to them. */
  private final ArrayDeque<Range> ranges = new ArrayDeque<>();

  Ahead(String path) {
    this.path = path;
  }

  private record Range(boolean isForward, long from, long to, CompletableFuture<Run> run) {
    boolean isNext(boolean forward, long at) {
      return forward == isForward && (forward ? from <= at && at < to : from < at && at <= to);
    }
  }

  boolean isFull() {
    return ranges.size() >= MOST;
  }

  /** Where the last range ends in the direction of the cursor; otherwise where the cursor will be. */
  long reached(long otherwise) {
    Range last = ranges.peekLast();
    return last == null ? otherwise : last.isForward ? last.to : last.from;
  }

  /** Begins to read a range, whose end is exclusive. */
  void begin(boolean isForward, long from, long to, Supplier<Run> reading) {
    CompletableFuture<Run> run = new CompletableFuture<>();
    ranges.add(new Range(isForward, from, to, run));
    try {
      THREADS.execute(() -> read(reading, run), path);
    } catch (OutOfMemoryError noThread) {
      run.completeExceptionally(noThread);
    }
  }

  private static void read(Supplier<Run> reading, CompletableFuture<Run> run) {
    try {
      run.complete(reading.get());
    } catch (Throwable t) {
      run.completeExceptionally(t);
    }
  }

  /** The run for where the cursor is; null if none was begun for that, if reading it has failed, or if it ends before the cursor. */
  @Nullable Run take(boolean isForward, long at) {
    Range next = ranges.poll();
    Run run = next == null || !next.isNext(isForward, at) ? null : readOrNull(next);
    // The run before may have reached into this range, and a run from the cache may be shorter than its range.
    if (run != null && (isForward ? run.covers(at) : run.coversBefore(at))) return run;
    clear();
    return null;
  }

  private static @Nullable Run readOrNull(Range range) {
    try {
      return range.run.join();
    } catch (CompletionException e) {
      return null;
    }
  }

  void clear() {
    ranges.clear();
  }
}
