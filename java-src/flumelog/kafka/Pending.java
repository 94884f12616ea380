package flumelog.kafka;

import flumelog.engine.AppendFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Records that are appended together, and the outcome. */
final class Pending {
  private final byte[][] data;
  private final long bytes;
  /** Until when it may wait for its turn, in the time of {@link System#nanoTime}. */
  private final long deadline;
  /** The future that a caller has that does not wait; null if the caller waits. */
  private final @Nullable AppendFuture<Long> future;
  private final @Nullable CountDownLatch ended;
  private long[] offsets = {};
  private @Nullable RuntimeException failure;

  private Pending(byte[][] data, long deadline, @Nullable AppendFuture<Long> future) {
    this.data = data;
    this.deadline = deadline;
    this.future = future;
    this.ended = future == null ? new CountDownLatch(1) : null;
    long all = 0;
    for (byte[] one : data) all += one.length;
    this.bytes = all;
  }

  static Pending awaited(byte[][] data, long deadline) {
    return new Pending(data, deadline, null);
  }

  static Pending async(byte[] data, long deadline, AppendFuture<Long> future) {
    return new Pending(new byte[][] {data}, deadline, future);
  }

  byte[][] data() {
    return data;
  }

  long bytes() {
    return bytes;
  }

  long deadline() {
    return deadline;
  }

  boolean isAsync() {
    return future != null;
  }

  void succeed(long[] all) {
    offsets = all;
    end();
  }

  void fail(RuntimeException why) {
    failure = why;
    end();
  }

  private void end() {
    if (ended != null) ended.countDown();
  }

  /** Completes the future of a caller that does not wait. The actions that depend on it run in this thread. */
  void complete() {
    if (failure == null) future.complete(offsets[0]);
    else future.completeExceptionally(failure);
  }

  /** Waits for the outcome, even if the thread is interrupted; the thread then stays so. Throws the failure. */
  long[] offsets() {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          ended.await();
          break;
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) Thread.currentThread().interrupt();
    }
    if (failure != null) throw failure;
    return offsets;
  }
}
