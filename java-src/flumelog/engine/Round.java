package flumelog.engine;

import java.util.concurrent.locks.ReentrantLock;

/**
 * The threads that wait for one force. One of them leads: it forces, and the others sleep until that is done. The
 * caller of each method holds the lock, except for {@link #fail}.
 */
final class Round {
  private final WaitSet threads;
  private int waiting;
  private boolean needsLeader;
  private boolean isOver;
  /** Why the force failed; also null if an Error ended the round, for example when memory ran out. */
  private RuntimeException failure;

  Round(ReentrantLock lock) {
    this.threads = new WaitSet(lock);
  }

  /** Waits until the round is over, or until the caller must lead it. Returns whether it must lead. */
  boolean await() {
    waiting++;
    try {
      while (!needsLeader && !isOver) threads.awaitUninterruptibly();
    } finally {
      waiting--;
    }
    boolean leads = needsLeader;
    needsLeader = false;
    return leads;
  }

  /** The number of threads that wait. */
  int waiting() {
    return waiting;
  }

  /** Whether the thread that was chosen to lead has left, because memory ran out. */
  boolean isLeaderMissing() {
    return needsLeader;
  }

  /**
   * Makes one of the waiting threads lead. Returns whether there is one; if there is none, the next thread that comes
   * leads.
   */
  boolean chooseLeader() {
    needsLeader = waiting > 0;
    threads.wakeOne();
    return needsLeader;
  }

  boolean isOver() {
    return isOver;
  }

  /** Called by the leader, before {@link #end}. */
  void fail(RuntimeException cause) {
    failure = cause;
  }

  void end() {
    isOver = true;
    threads.wakeAll();
  }

  /** Throws the failure of the round, if there is one. */
  void throwFailure() {
    if (failure != null) throw failure;
  }
}
