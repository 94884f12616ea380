package flumelog.log;

import flumelog.error.LogException;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.SyncPolicy;
import flumelog.frame.Checkpoint;
import flumelog.frame.Deletions;
import flumelog.frame.Landmarks;
import flumelog.frame.Mark;
import java.io.IOException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Forces what was written, as the policy says, and keeps the mark up to where that was done.
 *
 * <p>Threads that wait for a force at the same time share one: the first forces for all that was written until then.
 * A force that failed is never tried again, since the next one may succeed while the disk holds something else.
 */
final class Durability {
  /** One thread for the background forces of all logs; it goes when there is nothing to do. */
  private static final ScheduledThreadPoolExecutor BACKGROUND = Threads.timer("flumelog-sync");
  /** While a disk is full, what a write buffer holds is tried again so often. */
  private static final long RETRY_MILLIS = 1000;

  /**
   * What the writer had written when it had made so many writes.
   *
   * @param toCover the end of the last record that looks torn where no mark on disk says that it is not
   */
  private record Written(long writes, Mark mark, long toCover) {}

  /** Threads that wait for one force. One of them leads it: the others need not wake before it is done. */
  private final class Round {
    private final Condition turn = rounds.newCondition();
    private int waiting;
    private boolean needsLeader;
    private boolean isOver;
    /** Why nothing was forced, where nothing was. */
    private RuntimeException failure;

    /** Returns whether the caller is to lead. */
    boolean await() {
      waiting++;
      while (!needsLeader && !isOver) turn.awaitUninterruptibly();
      waiting--;
      boolean leads = needsLeader;
      needsLeader = false;
      return leads;
    }
  }

  private final String path;
  private final LogFile file;
  private final Checkpoint checkpoint;
  private final Deletions deletions;
  private final LogFolder folder;
  private final SyncPolicy policy;
  private final Since durable;
  /** Held while what is below it is looked at, and not while a force is under way. */
  private final ReentrantLock rounds = new ReentrantLock();
  private boolean isForcing;
  /** Those who wait for the force that is under way, and what that covers. */
  private Round current;
  private Written covered;
  /** Those who came later, and wait for the one after it. */
  private Round next = new Round();
  private final AtomicBoolean scheduled = new AtomicBoolean();
  /** The end of the last mark that is known to be on disk. */
  private volatile long coveredOnDisk;
  private volatile Written written;
  private volatile Written forced;
  private volatile Throwable failure;

  Durability(Opened opened, SyncPolicy policy, Since durable) {
    this.path = opened.path();
    this.file = opened.file();
    this.checkpoint = opened.checkpoint();
    this.deletions = opened.deletions();
    this.folder = opened.folder();
    this.policy = policy;
    this.durable = durable;
    this.written = new Written(0, opened.mark(), 0);
    this.forced = written;
  }

  /** The mark of what was written until now. */
  Mark mark() {
    return written.mark;
  }

  /** Before the first write: whoever finds what it may leave unfinished is told that a writer of ours was at work. */
  void beginWriting() {
    checkNotFailed();
    if (written.mark.dirty()) return;
    look();
    Mark dirty = written.mark.as(true, false).on(folder.boot());
    try {
      checkpoint.writeDurably(dirty);
    } catch (IOException e) {
      throw LogException.io(path + ".checkpoint", "writing", e);
    }
    written = new Written(written.writes, dirty, written.toCover);
    coveredOnDisk = dirty.end();
  }

  /**
   * Before the first byte of records is overwritten, the last of which ends at {@code end}: a deleted record looks torn
   * after a power loss, unless the mark on disk says that it was durable.
   */
  void beginDeleting(long end, long... offsets) {
    beginWriting();
    look();
    try {
      if (end > coveredOnDisk) {
        written = new Written(written.writes + 1, written.mark, end);
        force();
      }
      if (deletions.isFull()) force();
      deletions.intend(written.writes + 1, offsets);
    } catch (IOException e) {
      throw LogException.io(path + ".deletions", "writing", e);
    }
  }

  /** Counts a write, while the writer still holds its lock. */
  void wrote(long end, long last, long frames, boolean looksTorn) {
    written = new Written(
        written.writes + 1, written.mark.at(end, last, frames), looksTorn ? end : written.toCover);
  }

  /** Does what the policy asks for after a write, when the writer has let go of its lock; who watches is told by the caller. */
  void settle() {
    if (policy.isEach()) {
      force();
    } else if (policy.isPeriodic() && scheduled.compareAndSet(false, true)) {
      BACKGROUND.schedule(this::syncInBackground, policy.everyMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** Returns when all writes counted until now are on disk. */
  void sync() {
    look(); // also where nothing is to be forced
    forceAndTell();
  }

  private void forceAndTell() {
    force();
    durable.tell();
  }

  /** One of those who wait forces for all. */
  private void force() {
    long wanted = written.writes;
    if (forced.writes >= wanted) return;
    rounds.lock();
    try {
      if (forced.writes >= wanted) return;
      Round mine = isForcing && wanted <= covered.writes ? current : next;
      if (!isForcing || mine.await()) lead();
      if (mine.failure != null) throw mine.failure;
    } finally {
      rounds.unlock();
    }
  }

  /** Forces without the lock, so that others can come to wait meanwhile; then the next of them leads. */
  private void lead() {
    Round mine = next;
    next = new Round();
    current = mine;
    covered = written;
    isForcing = true;
    rounds.unlock();
    try {
      checkNotFailed();
      forceAll(covered);
    } catch (RuntimeException e) {
      mine.failure = e;
    } catch (Error e) {
      mine.failure = LogException.failed(path, e);
      throw e;
    } finally {
      rounds.lock();
      mine.isOver = true;
      mine.turn.signalAll();
      isForcing = next.waiting > 0;
      next.needsLeader = isForcing;
      next.turn.signal();
    }
  }

  /**
   * Makes all durable and leaves a mark that says that the log was closed, with the landmarks of the next open. Where
   * the log is failed, whoever closes it hears once more that something appended may not be on disk.
   */
  void close(Supplier<Landmarks> landmarks) {
    if (written.mark.dirty()) look();
    if (failure == null) {
      drain();
      finish();
    }
    forceAndTell();
    if (failure != null) return;
    Mark mark = written.mark;
    if (!mark.dirty()) return;
    try {
      checkpoint.write(mark.as(false, false), landmarks.get());
    } catch (IOException e) {
      warn(e);
    }
  }

  /** The mark that says that the log was closed must not be on disk before the file is what it says. */
  private void finish() {
    try {
      if (file.finish()) written = new Written(written.writes + 1, written.mark, written.toCover);
    } catch (IOException e) {
      fail(e);
      throw LogException.io(path, "cutting the room off", e);
    }
  }

  /** Before anything is written beside the file, which may be another writer's by now: nothing is, then or later. */
  void look() {
    try {
      file.look();
    } catch (LogException e) {
      fail(e);
      throw e;
    } catch (IOException e) {
      throw LogException.io(path, "looking at", e);
    }
  }

  /** The log takes no more writes: what is on disk is no longer what was acknowledged. */
  void fail(Throwable cause) {
    if (failure == null) failure = cause;
  }

  void checkNotFailed() {
    if (failure != null) throw LogException.failed(path, failure);
  }

  private void forceAll(Written covers) {
    drain();
    try {
      file.force();
      if (covers.toCover > coveredOnDisk) coverOnDisk(covers.mark);
    } catch (IOException e) {
      fail(e);
      remember(forced.mark.on(covers.mark.boot()), true);
      throw LogException.failed(path, e);
    } catch (LogException e) {
      fail(e); // another writer is at work: what is beside the file may be its own
      throw e;
    }
    remember(covers.mark, false);
    forgetDeletions(covers.writes);
    durable.set(covers.mark.last());
    // Last, because whoever sees it goes on at once.
    forced = covers;
  }

  /** What can't be handed over stays where it survives this process, and the log goes on. */
  private void drain() {
    try {
      file.drain();
    } catch (IOException e) {
      throw LogException.io(path, "appending to", e);
    }
  }

  private void coverOnDisk(Mark mark) throws IOException {
    checkpoint.writeDurably(mark);
    coveredOnDisk = mark.end();
  }

  private void remember(Mark mark, boolean failed) {
    try {
      checkpoint.write(mark.as(true, failed));
    } catch (IOException e) {
      warn(e);
    }
  }

  /** Those that are kept would only be done again. */
  private void forgetDeletions(long writes) {
    try {
      deletions.done(writes);
    } catch (IOException e) {
      warn(e);
    }
  }

  /** The checkpoint is disposable: without it the next open reads more. */
  private void warn(IOException e) {
    System.getLogger("flumelog").log(System.Logger.Level.WARNING, "a file beside " + path + " can't be written", e);
  }

  private void syncInBackground() {
    scheduled.set(false);
    try {
      forceAndTell();
    } catch (RuntimeException | Error e) {
      // Where the log is failed its next caller hears that too.
      System.getLogger("flumelog").log(System.Logger.Level.ERROR, "syncing " + path + " in the background failed", e);
      boolean isFull = e instanceof LogException said && said.kind() == LogException.Kind.FULL;
      if (isFull && scheduled.compareAndSet(false, true)) {
        BACKGROUND.schedule(this::syncInBackground, Math.max(RETRY_MILLIS, policy.everyMillis()), TimeUnit.MILLISECONDS);
      }
    }
  }
}
