package flumelog.engine;

import flumelog.error.Diagnostics;
import flumelog.error.DiskFailures;
import flumelog.error.IdentityFailures;
import flumelog.error.UseFailures;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The offset of a log's last record, or last durable record, and for the last record the position just past it. It only grows,
 * with one exception: in a log that is opened for reading, it goes back when the writer cuts back an append that
 * failed.
 *
 * <p>Setting it wakes the waiting threads. The watches are called later, by {@link #tell}, when no lock of the log is
 * held.
 */
public final class Watermark {
  /** Is called when the offset has moved. */
  public interface Watch {
    /** Called by one thread at a time. Several moves may be reported as one. */
    void moved(long before, long now);
  }

  /** In place of an end, for a watermark of which nobody asks the end. */
  private static final long NO_END = 0;

  /** Both numbers in one object, so that no reader sees an offset with the end of another record. */
  public record Reached(long offset, long end) {}

  private final String path;
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final Set<Runnable> toRunWhenClosed = ConcurrentHashMap.newKeySet();
  private final ReentrantLock telling = new ReentrantLock();
  private final ReentrantLock waiting = new ReentrantLock();
  private final WaitSet moved = new WaitSet(waiting);
  /** How many threads wait, or are about to. Changed only under the lock {@link #waiting}. */
  private volatile int waiters;
  private volatile Reached reached;
  private volatile long told;
  private volatile boolean closed;
  /** Whether waiting threads could not be woken, because memory ran out. */
  private volatile boolean mustWakeAgain;
  /** Why the offset can't move any more although the log is open; else null. */
  private volatile Throwable failure;
  /** The positions to which the log went back, because records above belonged to an append that failed. */
  private volatile long[] goneBackTo = {};

  /**
   * @param path of the log, for messages
   * @param end the position just past the record at the offset
   */
  public Watermark(String path, long offset, long end) {
    this.path = path;
    this.reached = new Reached(offset, end);
    this.told = offset;
  }

  /** A watermark of offsets alone. */
  public Watermark(String path, long offset) {
    this(path, offset, NO_END);
  }

  public String path() {
    return path;
  }

  public long offset() {
    return reached.offset;
  }

  /** The position just past the record at the offset; 0 if the offset was set alone. */
  public long end() {
    return reached.end;
  }

  /** The offset and the end at one moment. */
  public Reached reached() {
    return reached;
  }

  public boolean isClosed() {
    return closed;
  }

  /** Throws if the offset can't move any more. */
  public void checkMoves() {
    if (closed) throw UseFailures.closed(path);
    if (failure != null) throw DiskFailures.failed(path, failure);
  }

  /** Sets the offset and the end of its record. From here on readers see the records up to there. */
  public void set(long offset, long end) {
    set(new Reached(offset, end));
  }

  /** Sets the offset alone. */
  public void setOffset(long offset) {
    set(offset, NO_END);
  }

  /** As {@link #set(long, long)}, but without allocating: it is set when this returns, even if memory runs out. */
  void set(Reached now) {
    reached = now;
    try {
      wake();
    } catch (VirtualMachineError e) {
      mustWakeAgain = true;
    }
  }

  /** The offset can't move any more. The waiting threads will throw the cause. */
  void fail(Throwable cause) {
    failure = cause;
    wake();
  }

  /** Sets the offset back. The records from the position on don't exist any more, or may be other records. */
  void goBack(long position, long offset, long end) {
    long[] all = Arrays.copyOf(goneBackTo, goneBackTo.length + 1);
    all[all.length - 1] = position;
    goneBackTo = all;
    set(offset, end);
  }

  /** How often the offset went back. */
  public int timesGoneBack() {
    return goneBackTo.length;
  }

  /** Throws if records below {@code below} were taken back since the offset had gone back {@code times} times. */
  public void checkNotGoneBack(int times, long below) {
    long[] all = goneBackTo;
    for (int i = times; i < all.length; i++) {
      if (all[i] < below) throw IdentityFailures.cutBack(path, all[i]);
    }
  }

  /** Calls a watch for every move from now on. Returns what ends that. */
  public Runnable watch(Watch watch) {
    if (watches.isEmpty()) told = offset();
    watches.add(watch);
    return () -> watches.remove(watch);
  }

  boolean isWatched() {
    return !watches.isEmpty();
  }

  /**
   * Calls the watches. The caller must hold no lock of the log. If another thread is calling them, or this thread is
   * because a watch appended, then that call reports the new move after the current one. So a watch never runs twice at
   * a time, gets the moves in order, and never blocks a writer for which it waits.
   */
  public void tell() {
    if (mustWakeAgain) wakeAgain();
    while (!watches.isEmpty() && told != offset() && !telling.isHeldByCurrentThread() && telling.tryLock()) {
      try {
        long before = told;
        long now = offset();
        told = now;
        if (before != now) {
          for (Watch watch : watches) carefully(watch, before, now);
        }
      } finally {
        telling.unlock();
      }
    }
  }

  /** Waits until the offset is at least that, or can't move, or the time is over. It may return earlier. */
  public void awaitMove(long atLeast, long nanos) throws InterruptedException {
    waiting.lockInterruptibly();
    try {
      // Counted before the offset is read: a thread that moves it later then sees that this one waits.
      waiters++;
      if (offset() < atLeast && !closed && failure == null) moved.awaitNanos(nanos);
    } finally {
      waiters--;
      waiting.unlock();
    }
  }

  /** Ends all waiting. The log must be closed already. */
  public void close() {
    closed = true;
    try {
      wake();
    } finally {
      runTasks();
    }
  }

  /**
   * Runs a task once, when the log is closed; immediately, if it is closed already. The task must not wait for the log. Returns
   * what drops the task.
   */
  public Runnable whenClosed(Runnable task) {
    Runnable own = task::run;
    toRunWhenClosed.add(own);
    if (closed) runTasks();
    return () -> toRunWhenClosed.remove(own);
  }

  private void runTasks() {
    for (Runnable task : toRunWhenClosed) {
      if (toRunWhenClosed.remove(task)) carefully(task);
    }
  }

  private void wake() {
    if (waiters == 0) return;
    Threads.lock(waiting);
    try {
      moved.wakeAll();
    } finally {
      waiting.unlock();
    }
  }

  private void wakeAgain() {
    mustWakeAgain = false;
    wake();
  }

  private static void carefully(Watch watch, long before, long now) {
    try {
      watch.moved(before, now);
    } catch (Throwable t) {
      Diagnostics.handToThread(t);
    }
  }

  private static void carefully(Runnable task) {
    try {
      task.run();
    } catch (Throwable t) {
      Diagnostics.handToThread(t);
    }
  }
}
