package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.block.Window;
import flumelog.frame.Framing;

/**
 * Up to where a log was known to be on disk.
 *
 * @param end the durable watermark: everything below it was forced
 * @param last start of the frame that ends there, -1 when there is none
 * @param frames how many there are below
 * @param dirty whether a writer had the log open and had begun to append: what is above {@code end} is then its own
 * @param failed whether a force was begun after that and may have failed: what is above {@code end} may be in memory only
 * @param room whether that writer made room: the zeros with which the file then ends are no part of the log
 * @param boot the {@link flumelog.file.LogFolder#boot} of the machine when the mark was set
 * @param own whether the file is, by its number, the one that the writer had open, and no copy
 */
public record Mark(
    Framing framing, long end, long last, long frames, boolean dirty, boolean failed, boolean room, long boot,
    boolean own) {
  /** Of a record that is longer, not all is read. */
  private static final int MOST_AT_ONCE = 1 << 14;

  /** The same place in the log, in another state. */
  public Mark withState(boolean nowDirty, boolean nowFailed) {
    return new Mark(framing, end, last, frames, nowDirty, nowFailed, room, boot, own);
  }

  /** Another place in the log, of a writer at work. */
  public Mark movedTo(long newEnd, long newLast, long newFrames) {
    return new Mark(framing, newEnd, newLast, newFrames, true, false, room, boot, own);
  }

  /** The same mark, of a file that is the writer's own or a copy. */
  Mark ofFile(boolean isOwn) {
    return new Mark(framing, end, last, frames, dirty, failed, room, boot, isOwn);
  }

  /** Whether zeros at the end of the file may be the room of a writer that is at work, or died. */
  public boolean hasRoom() {
    return dirty && room;
  }

  /**
   * The position below which a frame whose lengths and trailer are right has its data too: what a dead writer did not force may
   * have holes where the machine was started anew since, or the file system mounted anew.
   */
  public long trustedUpTo(long bootNow) {
    return dirty && (differs(boot >>> Integer.SIZE, bootNow >>> Integer.SIZE) || differs((int) boot, (int) bootNow))
        ? end : Long.MAX_VALUE;
  }

  /** Of the machine's start and of the mount each may be unknown, which is 0. */
  private static boolean differs(long then, long now) {
    return then != 0 && now != 0 && then != now;
  }

  /** The same, of a writer that is at work where the machine was started so. */
  public Mark withBoot(long bootNow) {
    return new Mark(framing, end, last, frames, dirty, failed, room, bootNow, own);
  }

  /** Whether what was not forced may have been lost since: by a force that failed, or because nobody knows that it was not. */
  boolean mayHaveLost(long bootNow) {
    return failed || boot == 0 || bootNow == 0 || trustedUpTo(bootNow) == end;
  }

  /**
   * Whether the file has, just below the mark, the frame that it had then: so it was not written anew. The mark must not
   * be that of an empty log, nor lie above the end of the file.
   */
  boolean fits(Blocks blocks) {
    Window window = blocks.windowToLookUp();
    window.coverUpwards(last, Math.min(end - last, MOST_AT_ONCE));
    return framing.endOf(window, last, end) == end;
  }
}
