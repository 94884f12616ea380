package flumelog.protect;

import flumelog.frame.EnvelopeWriter;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** Puts payloads into the envelopes of a sealed log, and keeps the leaf of each frame of the write under way. For one thread at a time. */
public final class LeafWriting implements EnvelopeWriter {
  private final Envelope envelope;
  /** Null if the data has to be read again to be hashed. */
  private final SealedEnvelope hashing;
  private final Tree tree = new Tree();
  private byte[][] leaves = new byte[16][];
  private int count;
  /** The buffer of the last call, and the same memory to read from. */
  private ByteBuffer last;
  private ByteBuffer seen;

  public LeafWriting(Envelope envelope) {
    this.envelope = envelope;
    this.hashing = envelope instanceof SealedEnvelope sealedOnly && sealedOnly.canHash() ? sealedOnly : null;
  }

  /** The leaves of the frames of the last write. */
  public byte[][] leaves() {
    return Arrays.copyOf(leaves, count);
  }

  @Override
  public int overhead() {
    return envelope.overhead();
  }

  @Override
  public int overhead(int kind) {
    return envelope.overhead(kind);
  }

  @Override
  public void begin(int frames) {
    envelope.begin(frames);
    count = 0;
    if (leaves.length < frames) leaves = new byte[frames][];
  }

  @Override
  public void asItIs(byte[] data, long offset) {
    add(tree.leaf(offset, data, 0, data.length));
  }

  @Override
  public void enclose(ByteBuffer out, byte[] payload, long offset, int kind) {
    if (hashing != null && Kind.isRecord(kind)) {
      add(hashing.encloseAndHash(out, payload, offset, kind, tree));
      return;
    }
    int from = out.position();
    envelope.enclose(out, payload, offset, kind);
    if (last != out) seen = (last = out).duplicate();
    add(tree.leaf(offset, seen.limit(out.position()).position(from)));
  }

  private void add(byte[] leaf) {
    leaves[count++] = leaf;
  }
}
