package flumelog.engine;

import flumelog.error.LogException;
import java.util.Arrays;

/** Records that are appended together, all or none, and what became of them. */
public final class Batch {
  private final long bytes;
  private byte[][] data;
  private long[] offsets;
  private int first;
  private int end;
  private Throwable failure;
  private volatile boolean done;

  /** @param bytes what their frames take in the file */
  Batch(byte[][] data, long bytes) {
    this.data = data;
    this.bytes = bytes;
  }

  /** That of each record; null once the batch is done. */
  public byte[][] data() {
    return data;
  }

  long bytes() {
    return bytes;
  }

  boolean isDone() {
    return done;
  }

  void succeed(long[] all) {
    succeed(all, 0, all.length);
  }

  /** Its offsets are those of a larger one, from index {@code first} up to {@code end}. */
  void succeed(long[] all, int first, int end) {
    offsets = all;
    this.first = first;
    this.end = end;
    finish();
  }

  void fail(Throwable t) {
    failure = t;
    finish();
  }

  /** Why it was not appended; null when it was. */
  Throwable failure() {
    return failure;
  }

  /** The offsets of its records, once it is done; throws what it failed with. */
  public long[] offsets() {
    if (failure instanceof LogException e) throw e;
    if (failure instanceof RuntimeException e) throw e;
    if (failure instanceof Error e) throw e;
    return end - first == offsets.length ? offsets : Arrays.copyOfRange(offsets, first, end);
  }

  private void finish() {
    data = null;
    done = true;
  }
}
