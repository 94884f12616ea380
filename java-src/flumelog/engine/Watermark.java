package flumelog.engine;

import flumelog.error.DiskFailures;
import flumelog.error.IdentityFailures;
import flumelog.error.UseFailures;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Up to where a log has got: the offset of its last record of some kind, and the position just past that record. It only
 * grows, except in a log that is only read while its writer cuts back an append that failed.
 *
 * <p>Setting it wakes the threads that wait. The watches hear of it later, by {@link #tell}, outside of the locks of the log.
 */
public final class Watermark {
  /** A listener that hears of the moves. */
  public interface Watch {
    /** Called by one thread at a time. Several moves may be told as one. */
    void moved(long before, long now);
  }

  /** Set as one, so that no reader of the log sees one record more or less than its {@code since} says. */
  public record Reached(long offset, long end) {}

  private final String path;
  private final List<Watch> watches = new CopyOnWriteArrayList<>();
  private final Set<Runnable> toRunWhenClosed = ConcurrentHashMap.newKeySet();
  private final ReentrantLock telling = new ReentrantLock();
  private final ReentrantLock waiting = new ReentrantLock();
  private final Condition moved = waiting.newCondition();
  /** How many threads wait, or are about to; changes under the lock. */
  private volatile int waiters;
  private volatile Reached reached;
  private volatile long told;
  private volatile boolean closed;
  /** Whether a thread that waits was not woken because there was no memory to do it. */
  private volatile boolean sleepsOn;
  /** Why it will not move any more, though the log is open; else null. */
  private volatile Throwable failure;
  /** Positions to which the log went back, since some records above had been of an append that failed. */
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

  public String path() {
    return path;
  }

  public long offset() {
    return reached.offset;
  }

  /** The position just past the record at the offset, where it was set with one. */
  public long end() {
    return reached.end;
  }

  /** The offset and the end of one moment. */
  public Reached reached() {
    return reached;
  }

  public boolean isClosed() {
    return closed;
  }

  /** Throws where it will not move any more. */
  public void checkMoves() {
    if (closed) throw UseFailures.closed(path);
    if (failure != null) throw DiskFailures.failed(path, failure);
  }

  /** Sets the offset, and where its record ends: from here on readers see the records up to there. */
  public void set(long offset, long end) {
    set(new Reached(offset, end));
  }

  /** As {@link #set(long, long)}, without taking memory: whatever happens, it is set when this is over. */
  void set(Reached now) {
    reached = now;
    try {
      wake();
    } catch (VirtualMachineError e) {
      sleepsOn = true;
    }
  }

  /** It will not move any more: the threads that wait are told why. */
  void fail(Throwable cause) {
    failure = cause;
    wake();
  }

  /** Sets it lower: what was seen from a position on is no more, or may be another record. */
  void goBack(long position, long offset, long end) {
    long[] all = Arrays.copyOf(goneBackTo, goneBackTo.length + 1);
    all[all.length - 1] = position;
    goneBackTo = all;
    set(offset, end);
  }

  /** How often the log went back. */
  public int timesGoneBack() {
    return goneBackTo.length;
  }

  /** For a reader that has seen all below a position: throws where some of that was taken back after the given count of times. */
  public void checkNotGoneBack(int times, long below) {
    long[] all = goneBackTo;
    for (int i = times; i < all.length; i++) {
      if (all[i] < below) throw IdentityFailures.cutBack(path, all[i]);
    }
  }

  /** Has a watch hear of every move from now on. */
  public void watch(Watch watch) {
    if (watches.isEmpty()) told = offset();
    watches.add(watch);
  }

  /**
   * Tells the watches, outside of all locks of the log. Where another thread is telling, or this one is by a watch that
   * appends, it is told there when all have heard of what was before: so that a watch never runs twice at a time, hears of
   * the moves in their order, and never holds up a writer that it waits for.
   */
  public void tell() {
    if (sleepsOn) wakeAgain();
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

  /** Waits until the offset is at least the given one, it moves no more, or the time is over; it may return before. */
  public void awaitMove(long atLeast, long nanos) throws InterruptedException {
    waiting.lockInterruptibly();
    try {
      // Before the look at the offset: a thread that moves it after that look finds that this one waits.
      waiters++;
      if (offset() < atLeast && !closed && failure == null) moved.awaitNanos(nanos);
    } finally {
      waiters--;
      waiting.unlock();
    }
  }

  /** Ends all waiting; the log is closed by now. */
  public void close() {
    closed = true;
    try {
      wake();
    } finally {
      for (Runnable task : toRunWhenClosed) carefully(task);
    }
  }

  /** Has a task run when the log is closed. It must not wait for the log. */
  public void whenClosed(Runnable task) {
    toRunWhenClosed.add(task);
  }

  public void dropTask(Runnable task) {
    toRunWhenClosed.remove(task);
  }

  private void wake() {
    if (waiters == 0) return;
    Threads.lock(waiting);
    try {
      moved.signalAll();
    } finally {
      waiting.unlock();
    }
  }

  private void wakeAgain() {
    sleepsOn = false;
    wake();
  }

  private static void carefully(Watch watch, long before, long now) {
    try {
      watch.moved(before, now);
    } catch (Throwable t) {
      handToThread(t);
    }
  }

  private static void carefully(Runnable task) {
    try {
      task.run();
    } catch (Throwable t) {
      handToThread(t);
    }
  }

  /** The record is appended, or the log closed, whatever a watch does; its exception goes where those of threads go. */
  public static void handToThread(Throwable thrown) {
    Thread thread = Thread.currentThread();
    try {
      thread.getUncaughtExceptionHandler().uncaughtException(thread, thrown);
    } catch (Throwable t) {
      // As the JVM does with what a handler throws.
    }
  }
}
