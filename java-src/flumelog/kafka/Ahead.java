package flumelog.kafka;

import flumelog.engine.Workers;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the next stretches of a cursor in other threads, while the cursor gives out the records of the stretch before them. While one
 * stretch is fetched from the broker, another one is unpacked.
 */
final class Ahead {
  private static final Workers THREADS = Workers.many("flumelog-kafka-read");
  private static final int MOST = 2;

  private final String path;
  /** In the order in which the cursor comes to them. */
  private final ArrayDeque<Piece> pieces = new ArrayDeque<>();

  Ahead(String path) {
    this.path = path;
  }

  private record Piece(boolean isForward, long from, long to, CompletableFuture<Stretch> stretch) {
    boolean isNext(boolean forward, long at) {
      return forward == isForward && (forward ? from <= at && at < to : from < at && at <= to);
    }
  }

  boolean isFull() {
    return pieces.size() >= MOST;
  }

  /** Where the last piece ends in the direction of the cursor; if there is none, where the cursor will be. */
  long reached(long otherwise) {
    Piece last = pieces.peekLast();
    return last == null ? otherwise : last.isForward ? last.to : last.from;
  }

  /** Begins to read a range, whose end is exclusive. */
  void begin(boolean isForward, long from, long to, Supplier<Stretch> reading) {
    CompletableFuture<Stretch> stretch = new CompletableFuture<>();
    pieces.add(new Piece(isForward, from, to, stretch));
    try {
      THREADS.execute(() -> read(reading, stretch), path);
    } catch (OutOfMemoryError noThread) {
      stretch.completeExceptionally(noThread);
    }
  }

  private static void read(Supplier<Stretch> reading, CompletableFuture<Stretch> stretch) {
    try {
      stretch.complete(reading.get());
    } catch (Throwable t) {
      stretch.completeExceptionally(t);
    }
  }

  /** The stretch at the place of the cursor; null if none was begun there, if reading it has failed, or if it ends before the cursor. */
  @Nullable Stretch take(boolean isForward, long at) {
    Piece next = pieces.poll();
    Stretch stretch = next == null || !next.isNext(isForward, at) ? null : readOrNull(next);
    // The stretch before may have reached into this piece, and a stretch from the cache may be shorter than the piece.
    if (stretch != null && (isForward ? stretch.covers(at) : stretch.coversBefore(at))) return stretch;
    clear();
    return null;
  }

  private static @Nullable Stretch readOrNull(Piece piece) {
    try {
      return piece.stretch.join();
    } catch (CompletionException e) {
      return null;
    }
  }

  void clear() {
    pieces.clear();
  }
}
