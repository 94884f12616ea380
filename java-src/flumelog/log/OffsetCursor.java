package flumelog.log;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.frame.Frame;
import flumelog.frame.Framing;

/** A cursor over the frames of a file. */
public final class OffsetCursor implements Cursor {
  private final OffsetLog log;
  private final Framing framing;
  private final Blocks blocks;
  private final long end;
  /** Where the place between two records is: always the start of a frame, or the end. */
  private long at;
  private Frame current;

  OffsetCursor(OffsetLog log, Framing framing, Blocks blocks) {
    this.log = log;
    this.framing = framing;
    this.blocks = blocks;
    this.end = blocks.end();
  }

  @Override
  public boolean next() {
    log.checkOpen();
    current = null;
    while (at < end) {
      Frame frame = framing.at(blocks, at, end);
      if (frame == null) throw LogException.corrupt(log.path(), at, "its lengths or its trailer don't agree");
      at = frame.end();
      if (isLive(frame)) return true;
    }
    return false;
  }

  @Override
  public boolean prev() {
    log.checkOpen();
    current = null;
    while (at > 0) {
      Frame frame = framing.before(blocks, at);
      if (frame == null) throw LogException.corrupt(log.path(), at, "the frame that ends there is not whole");
      at = frame.start();
      if (isLive(frame)) return true;
    }
    return false;
  }

  @Override
  public OffsetCursor seek(long position) {
    log.checkOpen();
    at = log.starts().first(Math.max(0, position), end);
    current = null;
    return this;
  }

  @Override
  public long offset() {
    return current == null ? -1 : current.start();
  }

  @Override
  public byte[] data() {
    log.checkOpen();
    if (current == null) throw new IllegalStateException("the cursor has no current record; call next or prev first");
    byte[] data = log.data(current);
    return OffsetLog.isZero(data) ? null : data;
  }

  private boolean isLive(Frame frame) {
    if (framing.isDeleted(blocks, frame)) return false;
    current = frame;
    return true;
  }
}
