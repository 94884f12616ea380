package flumelog.frame;

import flumelog.block.Blocks;
import java.nio.ByteBuffer;

/** Frames a batch and writes it: in one write up to a MiB, in several of that size beyond. For one thread at a time. */
public final class FrameWriter {
  private static final int MIN_BYTES = 1 << 12;
  private static final int MAX_BYTES = 1 << 20;

  /**
   * What was written.
   *
   * @param starts where each frame starts
   * @param mayLookTorn whether one of them may look as if a power loss had taken a sector of it
   */
  public record Written(long[] starts, boolean mayLookTorn) {}

  private final Framing framing;
  private final Blocks blocks;
  /** Made by the first batch. */
  private ByteBuffer out;

  public FrameWriter(Framing framing, Blocks blocks) {
    this.framing = framing;
    this.blocks = blocks;
  }

  /** Writes a frame for each of the batch, the first one at {@code start}; the caller publishes or rewinds. */
  public Written write(byte[][] batch, long start, long totalBytes) {
    makeRoom(totalBytes);
    out.clear();
    long[] starts = new long[batch.length];
    boolean mayLookTorn = false;
    long at = start;
    int n = 0;
    for (byte[] data : batch) {
      starts[n++] = at;
      at = put(data, at);
      // cpu: now, while the data is in the processor's cache.
      mayLookTorn = mayLookTorn || Frame.mayLookTorn(data);
    }
    flush();
    return new Written(starts, mayLookTorn);
  }

  // start-up: a method of its own, so that the JIT compiles it after a few batches. A long loop is compiled later.
  /** Returns where the frame ends. */
  private long put(byte[] data, long start) {
    long end = start + framing.size(data.length);
    if (end - start <= out.remaining()) putWhole(data, end);
    else putInParts(data, end);
    return end;
  }

  private void putWhole(byte[] data, long end) {
    framing.putEnding(out.putInt(data.length).put(data), data.length, end);
  }

  private void putInParts(byte[] data, long end) {
    flushUnless(Framing.LENGTH_BYTES);
    out.putInt(data.length);
    putData(data);
    flushUnless(framing.endingBytes());
    framing.putEnding(out, data.length, end);
  }

  private void putData(byte[] data) {
    for (int done = 0; done < data.length; ) {
      flushUnless(1);
      int n = Math.min(out.remaining(), data.length - done);
      out.put(data, done, n);
      done += n;
    }
  }

  private void flushUnless(int bytes) {
    if (out.remaining() < bytes) flush();
  }

  private void flush() {
    blocks.append(out.flip());
    out.clear();
  }

  private void makeRoom(long bytes) {
    int capacity = out == null ? 0 : out.capacity();
    if (bytes <= capacity || capacity == MAX_BYTES) return;
    out = ByteBuffer.allocateDirect((int) Math.max(MIN_BYTES, Math.min(MAX_BYTES, Long.highestOneBit(bytes) << 1)));
  }
}
