package flumelog.engine;

import flumelog.error.Diagnostics;
import java.io.File;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The background threads for one kind of task. All logs share them, and the name of a thread tells which log it served
 * last. They are daemons, and end when there is nothing to do. A task that was taken runs, even if memory runs out before
 * that. With the pools of the JDK it may not: their queues allocate memory after they have handed out a task, and a
 * thread that dies there takes the task with it.
 */
public final class Workers implements Executor {
  private static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final class Task {
    private final Runnable work;
    /** The path of the log for which the task works; null if it is for no log. */
    private final String log;
    private final long due;
    private Task next;

    Task(Runnable work, String log, long due) {
      this.work = work;
      this.log = log;
      this.due = due;
    }
  }

  private final String name;
  private final int most;
  private final ReentrantLock lock = new ReentrantLock();
  private final WaitSet idle = new WaitSet(lock);
  /** The tasks that wait, the one that is due first at the front. All fields below are guarded by the lock. */
  private Task first;
  private int waiting;
  private int threads;
  private int busy;

  private Workers(String name, int most) {
    this.name = name;
    this.most = most;
  }

  /**
   * As many threads as there are tasks.
   *
   * @param name of each thread
   */
  public static Workers many(String name) {
    return new Workers(name, Integer.MAX_VALUE);
  }

  /** One thread, which runs the tasks one after the other. */
  public static Workers one(String name) {
    return new Workers(name, 1);
  }

  /** Runs a task soon. Throws {@code OutOfMemoryError}, and does not run it, if there is no memory for it or no thread. */
  @Override
  public void execute(Runnable work) {
    execute(work, null);
  }

  /** As {@link #execute(Runnable)}, in a thread whose name ends with the name of the log's file. */
  public void execute(Runnable work, String log) {
    schedule(work, log, 0);
  }

  /** As {@link #execute(Runnable, String)}, but after some milliseconds. */
  public void schedule(Runnable work, String log, long millis) {
    scheduleNanos(work, log, TimeUnit.MILLISECONDS.toNanos(millis));
  }

  /** As {@link #execute(Runnable, String)}, but after some nanoseconds. */
  void scheduleNanos(Runnable work, String log, long nanos) {
    Task task = new Task(work, log, System.nanoTime() + nanos);
    Threads.lock(lock);
    try {
      if (threads - busy <= waiting && threads < most) startThread();
      add(task);
      idle.wakeOne();
    } finally {
      lock.unlock();
    }
  }

  private void startThread() {
    new Worker().start();
    threads++;
  }

  private void add(Task task) {
    waiting++;
    if (first == null || task.due - first.due < 0) {
      task.next = first;
      first = task;
      return;
    }
    Task before = first;
    while (before.next != null && before.next.due - task.due <= 0) before = before.next;
    task.next = before.next;
    before.next = task;
  }

  private final class Worker extends Thread {
    /** The path of the log that the name of the thread tells. */
    private String named;

    Worker() {
      super(name);
      setDaemon(true);
    }

    @Override
    public void run() {
      for (Task task = next(false); task != null; task = next(true)) {
        nameAfter(task.log);
        try {
          task.work.run();
        } catch (Throwable t) {
          Diagnostics.handToThread(t);
        }
        Thread.interrupted(); // so that an interrupt of the task does not meet the next one
      }
    }

    // cpu: a thread that goes on with the same log keeps its name, because a new name costs a system call.
    private void nameAfter(String log) {
      if (log == null || log.equals(named)) return;
      try {
        setName(name + " " + log.substring(1 + Math.max(log.lastIndexOf('/'), log.lastIndexOf(File.separatorChar))));
        named = log;
      } catch (OutOfMemoryError e) {
        // The thread keeps its name.
      }
    }
  }

  /** The next task of a thread when it is due. Returns null if the thread has nothing to do any more, and must end. */
  private Task next(boolean wasBusy) {
    Threads.lock(lock);
    try {
      if (wasBusy) busy--;
      long end = System.nanoTime() + IDLE_NANOS;
      while (true) {
        long left = (first == null ? end : first.due) - System.nanoTime();
        if (left > 0) pause(left);
        else if (first == null) return end();
        else return take();
      }
    } finally {
      lock.unlock();
    }
  }

  private Task take() {
    Task task = first;
    first = task.next;
    waiting--;
    busy++;
    return task;
  }

  private Task end() {
    threads--;
    return null;
  }

  /** Waits, at most that long. The lock is free meanwhile. */
  private void pause(long nanos) {
    try {
      idle.awaitNanos(nanos);
    } catch (InterruptedException e) {
      // Looks again for a task.
    } catch (OutOfMemoryError e) {
      lock.unlock();
      try {
        Threads.waitForMemory();
      } finally {
        Threads.lock(lock);
      }
    }
  }
}
