package flumelog.log;

import flumelog.error.LogException;
import java.util.List;

/** Records that are appended together, all or none, and what became of them. */
final class Batch {
  private final long bytes;
  private List<byte[]> data;
  private long[] offsets;
  private Throwable failure;
  private volatile boolean done;

  /** @param bytes what their frames take in the file */
  Batch(List<byte[]> data, long bytes) {
    this.data = data;
    this.bytes = bytes;
  }

  List<byte[]> data() {
    return data;
  }

  long bytes() {
    return bytes;
  }

  boolean isDone() {
    return done;
  }

  void succeed(long[] newOffsets) {
    offsets = newOffsets;
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
  long[] offsets() {
    if (failure instanceof LogException e) throw e;
    if (failure instanceof RuntimeException e) throw e;
    if (failure instanceof Error e) throw e;
    return offsets;
  }

  private void finish() {
    data = null;
    done = true;
  }
}
