package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.protect.Kind;
import flumelog.recovery.LogFiles;
import java.util.Arrays;
import java.util.List;

/** The writer of a protected log. It puts records into envelopes, and adds frames of the log's own: heads, notes of deletions, and seals. */
final class ProtectedWriter extends Writer {
  private final OwnFrames own;
  private final NotedDeletions noted;
  /** Null if the log is not sealed. */
  private final Seals seals;

  private ProtectedWriter(LogFiles files, Blocks blocks, Starts starts, Watermark watermark, Durability durability, OwnFrames own) {
    super(files, blocks, starts, watermark, durability, own.envelopes());
    this.own = own;
    this.noted = new NotedDeletions(this, watermark, own);
    this.seals = files.treeToWrite() == null ? null : new Seals(this, files, watermark, own);
  }

  // start-up: declared as a Writer, so that the JVM need not load this class to check that it is one.
  static Writer ofProtected(LogFiles files, Blocks blocks, Starts starts, Watermark watermark, Durability durability) {
    OwnFrames own = new OwnFrames(files.protection(), blocks, files.treeToWrite());
    return new ProtectedWriter(files, blocks, starts, watermark, durability, own);
  }

  @Override
  public Seals seals() {
    return seals;
  }

  @Override
  byte[] kindsOf(Batch batch) {
    return Kind.ofBatch(batch.data().length);
  }

  /** The kinds of the records of several batches. */
  @Override
  byte[] kindsOf(List<Batch> group) {
    byte[] kinds = new byte[group.stream().mapToInt(batch -> batch.data().length).sum()];
    int at = 0;
    for (Batch batch : group) {
      byte[] some = kindsOf(batch);
      System.arraycopy(some, 0, kinds, at, some.length);
      at += some.length;
    }
    return kinds;
  }

  /** Writes the head again before the first append in a new part of the file, and a seal after an append if one is due. */
  @Override
  long[] writeAndPublish(byte[][] data, byte[] kinds, long bytes) {
    boolean needsHead = !isClosed() && own.isHeadDue(blocks.end());
    long[] offsets = needsHead ? writeWithHead(data, kinds, bytes) : super.writeAndPublish(data, kinds, bytes);
    if (seals != null) seals.afterAppend();
    return offsets;
  }

  private long[] writeWithHead(byte[][] data, byte[] kinds, long bytes) {
    long[] starts = super.writeAndPublish(own.withHead(data, blocks.end()), OwnFrames.withHead(kinds), bytes + own.headBytes());
    counting.addOwn(1);
    return Arrays.copyOfRange(starts, 1, starts.length);
  }

  @Override
  FrameWriter.NewFrames writeFrames(byte[][] data, byte[] kinds, long start, long bytes) {
    return new FrameWriter.NewFrames(frames.writeProtected(data, kinds, start, bytes), false);
  }

  @Override
  void published(long[] starts, long end) {
    own.published(starts, end);
    own.setLastAppend(starts[0]);
  }

  @Override
  void zero(List<Frame> records) {
    noted.zero(records);
  }

  @Override
  void beforeClose() {
    if (seals != null) seals.beforeClose();
  }

  /**
   * Writes a note or a seal behind the end. It can't be read before it is published.
   *
   * @param isForced whether it is on disk when this returns
   * @return where it ends
   */
  long writeOwn(int kind, byte[] payload, boolean isForced) {
    long start = blocks.end();
    long bytes = own.sizeOf(payload);
    checkFits(start, bytes);
    cutLeftOver();
    setHasLeftOver(true);
    try {
      frames.writeProtected(new byte[][] {payload}, new byte[] {(byte) kind}, start, bytes);
      if (isForced) durability.forceNote();
      addLandmarks(new long[] {start});
    } catch (Throwable t) {
      if (durability.failure() == null) cutBack(t);
      throw t;
    }
    return start + bytes;
  }
}
