package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.Diagnostics;
import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.recovery.Checkpoint;
import flumelog.recovery.Deletions;
import flumelog.recovery.LogFiles;
import flumelog.recovery.Mark;
import java.io.IOException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Forces the log's file as the policy says, and keeps the mark of the position up to which it was forced. Threads share
 * forces: see {@link GroupForce}. A force that failed is never tried again, because the next one may succeed although
 * the disk does not have the bytes.
 */
public final class Durability {
  /**
   * The writer's progress after a number of writes.
   *
   * @param tornLookingEnd the end of the last record that could be mistaken for torn; 0 if there is none. If it is above {@code
   *     markedOnDisk}, the next force also forces a mark that covers it
   * @param lastRecord the start of the last record below the mark; -1 if there is none
   */
  record Progress(long writes, Mark mark, long tornLookingEnd, long lastRecord) {}

  private final String path;
  private final LogFile file;
  private final Checkpoint checkpoint;
  private final Deletions deletions;
  private final LogFolder folder;
  private final boolean forcesEach;
  /** The time within which a force in the background follows an append; 0 for none. */
  private final long withinMillis;
  private final Watermark durable;
  private final GroupForce group = new GroupForce(this);
  private final AtomicBoolean scheduled = new AtomicBoolean();
  /** Held during a force: of two forces at the same time, the kernel reports a lost write to only one. */
  private final ReentrantLock forcing = new ReentrantLock();
  /** The end of the last mark that is known to be on disk. */
  private volatile long markedOnDisk;
  private volatile Progress progress;
  private volatile Progress forced;
  /** The mark that the checkpoint holds with the flag {@code failed} set, as it must be before a force; else null. */
  private Mark markedFailed;
  private volatile Throwable failure;

  public Durability(LogFiles files, boolean forcesEach, long withinMillis, Watermark durable) {
    this.path = files.path();
    this.file = files.appending();
    this.checkpoint = files.checkpoint();
    this.deletions = files.deletions();
    this.folder = files.log().folder();
    this.forcesEach = forcesEach;
    this.withinMillis = withinMillis;
    this.durable = durable;
    this.progress = new Progress(0, files.mark(), 0, files.lastRecord());
    this.forced = progress;
  }

  /** Before the first write: makes the mark dirty, so that recovery knows that an unfinished tail may be cut. */
  void beginWriting() {
    checkNotFailed();
    if (progress.mark.dirty()) return;
    ErrorPath.load();
    look(true);
    Mark dirty = progress.mark.ofWriter().withBoot(folder.boot());
    try {
      checkpoint.writeDurably(dirty);
    } catch (IOException e) {
      throw DiskFailures.io(path + ".checkpoint", "writing", e);
    }
    progress = new Progress(progress.writes, dirty, progress.tornLookingEnd, progress.lastRecord);
    markedOnDisk = dirty.end();
  }

  /**
   * Before records are overwritten, the last of which ends at {@code end}: makes them durable. After a power loss a
   * deleted record looks torn, unless it is below a durable mark. Counts as a write, so that the force is not passed over, and puts
   * a mark at that end.
   */
  void makeDurable(long end) {
    beginWriting();
    look(true);
    if (end <= markedOnDisk) return;
    wrote(new Progress(progress.writes + 1, progress.mark, end, progress.lastRecord));
    group.force();
  }

  /**
   * The progress after one more write, which the caller makes before readers see the write: see {@link #wrote}. Before the first record
   * it writes the checkpoint too, so that after a kill the checkpoint is known to be of this log.
   */
  Progress withOneMore(long end, long last, int frames, boolean looksTorn) {
    if (progress.mark.end() == 0) remember(progress.mark, false);
    Mark mark = progress.mark.movedTo(end, last, progress.mark.frames() + frames);
    return new Progress(progress.writes + 1, mark, looksTorn ? end : progress.tornLookingEnd, last);
  }

  /** The progress after one more write, which has put a frame of the log's own behind the others, and has overwritten bytes. */
  Progress withNote(long end, long last) {
    return new Progress(progress.writes + 1, progress.mark.movedTo(end, last, progress.mark.frames() + 1), progress.tornLookingEnd, progress.lastRecord);
  }

  /** Forces what was written, and leaves the mark where it is: below a note whose records are not overwritten yet. */
  void forceNote() {
    drain(false);
    forceFile();
  }

  /** The progress after one more write that has overwritten bytes. */
  Progress withOverwrite() {
    return new Progress(progress.writes + 1, progress.mark, progress.tornLookingEnd, progress.lastRecord);
  }

  /** Sets the progress after a write. The caller has the turn. */
  void wrote(Progress now) {
    progress = now;
  }

  /**
   * Cuts off the bytes of a failed write, so that they do not come back after a power loss. If that fails too, the log
   * has failed. Returns null, or the error of a disk that is too full for the cut (btrfs, xfs).
   */
  LogException cutBack(Blocks blocks, Throwable cause) {
    try {
      blocks.rewind();
      forceFile();
    } catch (LogException e) {
      if (cause != null) e.addSuppressed(cause);
      if (e.kind() == LogException.Kind.FULL) return e;
      fail(e);
    }
    return null;
  }

  /** Forces after a write, now or soon, as the policy says, and calls the watches. The caller holds no lock. */
  void afterWrite() {
    forceOrSchedule();
    durable.tell();
  }

  /** As {@link #afterWrite}, but the caller must call the watches later. */
  void forceOrSchedule() {
    if (forcesEach) {
      group.force();
    } else if (withinMillis > 0 && scheduled.compareAndSet(false, true)) {
      BackgroundSync.soon(this, path, withinMillis, scheduled);
    }
  }

  /** Forces all writes until now. Throws if the log has failed. */
  public void sync() {
    if (forced.writes >= progress.writes) look(true); // a force looks by itself; where none is needed, this does
    forceAndTell();
    checkNotFailed();
  }

  /** Forces all writes until now, and calls no watch. */
  void force() {
    group.force();
  }

  void forceAndTell() {
    force();
    durable.tell();
  }

  /**
   * Forces all writes, and writes a clean mark with the landmarks for the next open. Throws if the log has failed.
   *
   * @param deleted how many frames are deleted; -1 if that is not known; {@code wereCounted} if the checkpoint did not tell it
   */
  void close(Starts starts, long deleted, boolean wereCounted) {
    if (progress.mark.dirty() || wereCounted) look(true);
    boolean isFinished = failure == null && finish();
    forceAndTell();
    Mark mark = progress.mark;
    if (failure != null || !isFinished || !mark.dirty() && !starts.wereRead() && !wereCounted) return;
    try {
      checkpoint.write(mark.clean(), starts.toKeep(), deleted);
    } catch (IOException e) {
      warn(e);
    }
  }

  /** Drains the buffer and cuts the room off. Returns false if the disk is too full: then the next open cuts. */
  private boolean finish() {
    drain(true);
    try {
      if (file.finish()) wrote(withOverwrite());
      return true;
    } catch (IOException e) {
      LogException said = DiskFailures.io(path, "cutting the room off", e);
      if (said.kind() == LogException.Kind.FULL) return false;
      fail(e);
      throw said;
    }
  }

  /** Checks, before a side file is written, that the file is still this writer's. If not, the log has failed. */
  private void look(boolean now) {
    try {
      if (now) file.look();
      else file.lookIfDue();
    } catch (LogException e) {
      fail(e);
      throw e;
    } catch (IOException e) {
      throw DiskFailures.io(path, "looking at", e);
    }
  }

  /** The log takes no more writes, because the disk may not have the records that were acknowledged. */
  void fail(Throwable cause) {
    if (failure == null) failure = cause;
    durable.fail(failure);
  }

  /** The error after which the log takes no more writes, or null. */
  public Throwable failure() {
    return failure;
  }

  void checkNotFailed() {
    if (failure != null) throw DiskFailures.failed(path, failure);
  }

  String path() {
    return path;
  }

  Progress progress() {
    return progress;
  }

  /** The progress that the last force covered. */
  Progress forced() {
    return forced;
  }

  GroupForce.Cost cost() {
    return group.cost();
  }

  boolean isForced(long writes) {
    return forced.writes >= writes;
  }

  /** Forces the file, one thread at a time. Then updates the checkpoint, the durable offset and {@code forced}. */
  void forceAll(Progress covers) {
    drain(false);
    Threads.lock(forcing);
    try {
      checkNotFailed();
      forceFile();
      if (covers.tornLookingEnd > markedOnDisk) markOnDisk(covers.mark);
      // Under :each this write also sets the flag failed for the next force, which saves one write for each force.
      // Nothing above this mark is acknowledged before that force returns.
      remember(covers.mark, forcesEach);
      clearDeletions(covers.writes);
      durable.setOffset(covers.lastRecord);
      forced = covers; // last, because threads that see it return immediately
    } finally {
      forcing.unlock();
    }
  }

  /**
   * Forces the file. Sets the flag {@code failed} in the checkpoint before that, since after a failed force the disk may
   * take no more writes. The next open then writes the bytes above the mark again: a later force would not, because the
   * kernel may count them as written. Any exception means that the log has failed.
   */
  private void forceFile() {
    look(false);
    Threads.lock(forcing);
    try {
      if (markedFailed != forced.mark) remember(forced.mark, true);
      file.force();
    } catch (IOException e) {
      fail(e);
      throw DiskFailures.failed(path, e);
    } catch (RuntimeException | Error e) {
      fail(e);
      throw e;
    } finally {
      forcing.unlock();
    }
  }

  /** Drains the write buffer to the file. After an error the bytes stay in the buffer, and the log goes on. */
  private void drain(boolean isLast) {
    try {
      file.drain();
    } catch (IOException e) {
      LogException said = DiskFailures.io(path, "appending to", e);
      if (isLast && said.kind() == LogException.Kind.FULL) throw DiskFailures.notDrained(path, path + ".buffer", said);
      throw said;
    }
  }

  private void markOnDisk(Mark mark) {
    markedFailed = null;
    try {
      checkpoint.writeDurably(mark);
    } catch (IOException e) {
      fail(e);
      throw DiskFailures.failed(path, e);
    }
    markedOnDisk = mark.end();
  }

  private void remember(Mark mark, boolean asFailed) {
    try {
      markedFailed = null;
      checkpoint.write((asFailed ? mark.ofWriter().asFailed() : mark.ofWriter()).withBoot(progress.mark.boot()));
      if (asFailed) markedFailed = mark;
    } catch (IOException | VirtualMachineError e) {
      warn(e);
    }
  }

  private void clearDeletions(long writes) {
    try {
      deletions.done(writes);
    } catch (IOException | VirtualMachineError e) {
      warn(e);
    }
  }

  /** Logs that a side file can't be written, which the log does not need: the next open reads more then. */
  private void warn(Throwable e) {
    Diagnostics.write(System.Logger.Level.WARNING, "a file beside " + path + " that the log can do without can't be written", e);
  }
}
