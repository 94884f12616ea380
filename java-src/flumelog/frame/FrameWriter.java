package flumelog.frame;

import flumelog.block.Blocks;
import java.nio.ByteBuffer;

/** Writes a batch as frames. Up to a MiB takes one write, a longer batch several of that size. For one thread at a time. */
public final class FrameWriter {
  private static final int MIN_BYTES = 1 << 12;
  private static final int MAX_BYTES = 1 << 20;

  /**
   * The result of a write.
   *
   * @param starts where each frame starts
   * @param mayLookTorn whether one of the frames could be mistaken for one that a power loss has torn
   */
  public record NewFrames(long[] starts, boolean mayLookTorn) {}

  private final Framing framing;
  private final Blocks blocks;
  /** Null if records are not protected. */
  private final EnvelopeWriter envelopes;
  /** The bytes of the next write; null before the first batch. */
  private ByteBuffer out;

  public FrameWriter(Framing framing, Blocks blocks) {
    this(framing, blocks, null);
  }

  /** @param envelopes null if records are not protected */
  public FrameWriter(Framing framing, Blocks blocks, EnvelopeWriter envelopes) {
    this.framing = framing;
    this.blocks = blocks;
    this.envelopes = envelopes;
  }

  /** Writes a frame for each record of the batch, the first one at {@code start}. The caller publishes or rewinds the blocks. */
  public NewFrames write(byte[][] batch, long start, long totalBytes) {
    makeRoom(totalBytes);
    out.clear();
    long[] starts = new long[batch.length];
    boolean mayLookTorn = false;
    long at = start;
    int n = 0;
    for (byte[] data : batch) {
      starts[n++] = at;
      at = put(data, at);
      // cpu: checked here, while the data is in the processor's cache.
      mayLookTorn = mayLookTorn || Frame.mayLookTorn(data);
    }
    flush();
    return new NewFrames(starts, mayLookTorn);
  }

  /**
   * Writes a frame for each payload of a protected log, the first one at {@code start}. The caller publishes or rewinds the blocks.
   *
   * @param kinds the first byte of the data of each frame; 0 for a frame whose data is written as it is
   * @param totalBytes of the frames
   * @return where each frame starts
   */
  public long[] writeProtected(byte[][] payloads, byte[] kinds, long start, long totalBytes) {
    makeRoom(totalBytes);
    out.clear();
    if (envelopes != null) envelopes.begin(payloads.length);
    long[] starts = new long[payloads.length];
    long at = start;
    for (int i = 0; i < payloads.length; i++) {
      starts[i] = at;
      at = kinds[i] == 0 ? putAsItIs(payloads[i], at) : putEnclosed(payloads[i], kinds[i] & 0xFF, at);
    }
    flush();
    return starts;
  }

  private long putAsItIs(byte[] data, long start) {
    if (envelopes != null) envelopes.asItIs(data, start);
    return put(data, start);
  }

  private long putEnclosed(byte[] payload, int kind, long start) {
    int length = payload.length + envelopes.overhead(kind);
    long end = start + framing.size(length);
    if (end - start <= out.remaining()) {
      envelopes.enclose(out.putInt(length), payload, start, kind);
      framing.putEnding(out, length, end);
    } else {
      ByteBuffer data = ByteBuffer.allocate(length);
      envelopes.enclose(data, payload, start, kind);
      putInParts(data.array(), end);
    }
    return end;
  }

  // start-up: a method of its own, so that the JIT compiles it after a few batches. A long loop is compiled later.
  /** Adds a frame to the bytes of the next write, and returns where the frame ends. */
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
