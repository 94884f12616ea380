package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.Diagnostics;
import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.SyncPolicy;
import flumelog.frame.Frame;
import flumelog.recovery.Checkpoint;
import flumelog.recovery.Deletions;
import flumelog.recovery.LogFiles;
import flumelog.recovery.Mark;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Forces what was written, as the policy says, and keeps the mark up to where that was done. Threads share forces, see {@link
 * GroupForce}. A force that failed is never tried again, since the next one may succeed while the disk holds something else.
 */
public final class Durability {
  /**
   * How far the writer has got after a number of writes.
   *
   * @param toCover the end of the last record that looks torn where no mark on disk says that it is not
   */
  record Progress(long writes, Mark mark, long toCover) {}

  private final String path;
  private final LogFile file;
  private final Checkpoint checkpoint;
  private final Deletions deletions;
  private final LogFolder folder;
  private final SyncPolicy policy;
  private final Watermark durable;
  private final GroupForce group = new GroupForce(this);
  private final AtomicBoolean scheduled = new AtomicBoolean();
  /** Held while the log's file is forced: what is lost is told to one of two forces at a time, and the other succeeds. */
  private final ReentrantLock forcing = new ReentrantLock();
  /** The end of the last mark that is known to be on disk. */
  private volatile long coveredOnDisk;
  private volatile Progress progress;
  private volatile Progress forced;
  /** The mark of which the checkpoint says that what is above it may be lost by the next force; null where it does not. */
  private Mark doubted;
  private volatile Throwable failure;

  public Durability(LogFiles files, SyncPolicy policy, Watermark durable) {
    this.path = files.path();
    this.file = files.appending();
    this.checkpoint = files.checkpoint();
    this.deletions = files.deletions();
    this.folder = files.log().folder();
    this.policy = policy;
    this.durable = durable;
    this.progress = new Progress(0, files.mark(), 0);
    this.forced = progress;
  }

  /** Before the first write: whoever finds what it may leave unfinished is told that a writer of ours was at work. */
  void beginWriting() {
    checkNotFailed();
    if (progress.mark.dirty()) return;
    ErrorPath.load();
    look(true);
    Mark dirty = progress.mark.withState(true, false).withBoot(folder.boot());
    try {
      checkpoint.writeDurably(dirty);
    } catch (IOException e) {
      throw DiskFailures.io(path + ".checkpoint", "writing", e);
    }
    progress = new Progress(progress.writes, dirty, progress.toCover);
    coveredOnDisk = dirty.end();
  }

  /**
   * Before the first byte of records is overwritten, the last of which ends at {@code end}: a deleted record looks torn
   * after a power loss, unless the mark on disk says that it was durable.
   */
  void beginDeleting(long end, Blocks blocks, List<Frame> records) {
    beginWriting();
    look(true);
    try {
      if (end > coveredOnDisk) {
        wrote(new Progress(progress.writes + 1, progress.mark, end));
        group.force();
      }
      if (deletions.isFull()) group.force();
      deletions.intend(progress.writes + 1, blocks, records);
    } catch (IOException e) {
      throw DiskFailures.io(path + ".deletions", "writing", e);
    }
  }

  /** What was written when one write more is: the caller makes it before readers see the write, and counts it after that. */
  Progress withOneMore(long end, long last, int frames, boolean looksTorn) {
    if (progress.mark.end() == 0) remember(progress.mark, false); // what the first record is, in case of a kill
    Mark mark = progress.mark.movedTo(end, last, progress.mark.frames() + frames);
    return new Progress(progress.writes + 1, mark, looksTorn ? end : progress.toCover);
  }

  /** The same where something was overwritten. */
  Progress withOneMore() {
    return new Progress(progress.writes + 1, progress.mark, progress.toCover);
  }

  /** Counts a write, while the writer still holds its lock. */
  void wrote(Progress now) {
    progress = now;
  }

  /**
   * Cuts off what a failed write has left in the file, so that it does not come back after a power loss; where that fails
   * too, the log is failed. Returns null, or that there is no room to cut (btrfs, xfs): the caller tries again before it writes.
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

  /** Does what the policy asks for after a write, when the writer has let go of its lock, and tells the watches. */
  void afterWrite() {
    forceOrSchedule();
    durable.tell();
  }

  /** As {@link #afterWrite}, where the caller tells the watches later. */
  void forceOrSchedule() {
    if (policy.isEach()) {
      group.force();
    } else if (policy.isPeriodic() && scheduled.compareAndSet(false, true)) {
      BackgroundSync.soon(this, path, policy.everyMillis(), scheduled);
    }
  }

  /** Returns when all writes counted until now are on disk; on a failed log it never does. */
  public void sync() {
    if (forced.writes >= progress.writes) look(true); // a force would
    forceAndTell();
    checkNotFailed();
  }

  void forceAndTell() {
    group.force();
    durable.tell();
  }

  /**
   * Makes all durable and leaves a mark that says that the log was closed, with the landmarks of the next open. Where
   * the log is failed, whoever closes it hears once more that something appended may not be on disk.
   */
  void close(Starts starts) {
    if (progress.mark.dirty()) look(true);
    boolean isFinished = failure == null && finish();
    forceAndTell();
    Mark mark = progress.mark;
    if (failure != null || !isFinished || !mark.dirty() && !starts.wereRead()) return;
    try {
      checkpoint.write(mark.withState(false, false), starts.toKeep());
    } catch (IOException e) {
      warn(e);
    }
  }

  /** Before the mark says that the log was closed. Where the disk has no block for the cut the next open does it: false. */
  private boolean finish() {
    drain(true);
    try {
      if (file.finish()) wrote(withOneMore());
      return true;
    } catch (IOException e) {
      LogException said = DiskFailures.io(path, "cutting the room off", e);
      if (said.kind() == LogException.Kind.FULL) return false;
      fail(e);
      throw said;
    }
  }

  /** Before anything is written beside the file, which may be another writer's by now: nothing is, then or later. */
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

  /** The log takes no more writes: what is on disk is no longer what was acknowledged. */
  void fail(Throwable cause) {
    if (failure == null) failure = cause;
    durable.fail(failure);
  }

  /** Why the log takes no more writes, or null. */
  public Throwable failure() {
    return failure;
  }

  void checkNotFailed() {
    if (failure != null) throw DiskFailures.failed(path, failure);
  }

  Progress progress() {
    return progress;
  }

  boolean isForced(long writes) {
    return forced.writes >= writes;
  }

  /** Forces the file, by one thread at a time, and then says so: in the checkpoint, to readers, and to the group. */
  void forceAll(Progress covers) {
    drain(false);
    Threads.lock(forcing);
    try {
      checkNotFailed();
      forceFile();
      if (covers.toCover > coveredOnDisk) coverOnDisk(covers.mark);
      // What is above the mark is not acknowledged before the next force, which need not be announced by a write of its own.
      remember(covers.mark, policy.isEach());
      clearDeletions(covers.writes);
      durable.set(covers.mark.last(), 0);
      // Last, because whoever sees it goes on at once.
      forced = covers;
    } finally {
      forcing.unlock();
    }
  }

  /**
   * Before the force the checkpoint says that what is above its mark may be lost by it, and stay in memory where no later force
   * writes it: afterwards the disk may take no writes. Whatever is thrown, a force that failed may be behind it.
   */
  private void forceFile() {
    look(false);
    Threads.lock(forcing);
    try {
      if (doubted != forced.mark) remember(forced.mark, true);
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

  /** What can't be handed over stays where it survives this process, and the log goes on. */
  private void drain(boolean isLast) {
    try {
      file.drain();
    } catch (IOException e) {
      LogException said = DiskFailures.io(path, "appending to", e);
      if (isLast && said.kind() == LogException.Kind.FULL) throw DiskFailures.notDrained(path, path + ".buffer", said);
      throw said;
    }
  }

  private void coverOnDisk(Mark mark) {
    try {
      checkpoint.writeDurably(mark);
    } catch (IOException e) {
      fail(e);
      throw DiskFailures.failed(path, e);
    }
    coveredOnDisk = mark.end();
  }

  private void remember(Mark mark, boolean doubtful) {
    try {
      doubted = null;
      checkpoint.write(mark.withState(true, doubtful).withBoot(progress.mark.boot()));
      if (doubtful) doubted = mark;
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

  /** The checkpoint is disposable: without it the next open reads more. */
  private void warn(Throwable e) {
    Diagnostics.write(System.Logger.Level.WARNING, "a file beside " + path + " that the log can do without can't be written", e);
  }
}
