package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Framing;

/**
 * The position up to which a log was known to be on disk.
 *
 * @param end the durable end: everything below it was forced
 * @param last start of the frame that ends there, -1 if there is none
 * @param frames the number of frames below
 * @param dirty whether a writer had the log open and had begun to append; bytes above {@code end} are then from that
 *     writer
 * @param failed whether a force may have failed since; bytes above {@code end} may then be in memory only. It is set on disk before
 *     each force, and cleared by the mark after it. Under {@code :each} that mark sets it again for the next force, which saves a write
 * @param room whether that writer made room; zeros at the end of the file are then not part of the log
 * @param boot the {@link flumelog.file.LogFolder#boot} when the mark was set: the upper half is the start of the machine, the lower
 *     one the mount; 0 is unknown
 * @param own whether the file is, by its inode number, the one that the writer had open, and not a copy
 */
public record Mark(
    Framing framing, long end, long last, long frames, boolean dirty, boolean failed, boolean room, long boot,
    boolean own) {
  /** Only this much of a longer record is read. */
  private static final int MOST_AT_ONCE = 1 << 14;

  /** The mark of a log that was closed, at the same position. */
  public Mark clean() { return new Mark(framing, end, last, frames, false, false, room, boot, own); }

  /** The mark of a writer at work, at the same position. */
  public Mark ofWriter() { return new Mark(framing, end, last, frames, true, false, room, boot, own); }

  /** The same mark, with word that a force above it may have failed. */
  public Mark asFailed() { return new Mark(framing, end, last, frames, dirty, true, room, boot, own); }

  /** The mark of a writer at work at another position. */
  public Mark movedTo(long newEnd, long newLast, long newFrames) {
    return new Mark(framing, newEnd, newLast, newFrames, true, false, room, boot, own);
  }

  /** The same mark with {@code own} set to this value. */
  Mark ofFile(boolean isOwn) {
    return new Mark(framing, end, last, frames, dirty, failed, room, boot, isOwn);
  }

  /** Whether zeros at the end of the file may be the room of a writer, which is at work or has died. */
  public boolean hasRoom() {
    return dirty && room;
  }

  /**
   * Below this position a frame with correct lengths and trailer has its data too. Above it, bytes that a dead writer
   * did not force may have holes, if the machine was restarted or the file system mounted again since then.
   */
  public long trustedUpTo(long bootNow) {
    return dirty && (differs(boot >>> Integer.SIZE, bootNow >>> Integer.SIZE) || differs((int) boot, (int) bootNow))
        ? end : Long.MAX_VALUE;
  }

  /** Whether two known numbers differ. */
  private static boolean differs(long then, long now) {
    return then != 0 && now != 0 && then != now;
  }

  /** The same mark with another {@code boot}. */
  public Mark withBoot(long bootNow) {
    return new Mark(framing, end, last, frames, dirty, failed, room, bootNow, own);
  }

  /**
   * Whether unforced bytes may have been lost: a force may have failed, or a restart of the machine can't be excluded.
   */
  boolean mayHaveLost(long bootNow) {
    return failed || boot == 0 || bootNow == 0 || trustedUpTo(bootNow) == end;
  }

  /**
   * Whether a frame of the file still begins at {@code last} and ends at the mark, so that the file was not rewritten.
   * The mark must not be that of an empty log, nor lie above the end of the file.
   */
  boolean fits(Blocks blocks) {
    Window window = blocks.windowToLookUp();
    window.coverUpwards(last, Math.min(end - last, MOST_AT_ONCE));
    return framing.endOf(window, last, end) == end;
  }
}
