package flumelog.engine;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Threads that wait for one force. One of them leads it: the others need not wake before it is done. All methods are called
 * by threads that hold the lock, but for {@link #fail}.
 */
final class Round {
  private final Condition turn;
  private int waiting;
  private boolean needsLeader;
  private boolean isOver;
  /** Why nothing was forced; null too where the round was ended by an error that is none of the disk's. */
  private RuntimeException failure;

  Round(ReentrantLock lock) {
    this.turn = lock.newCondition();
  }

  /** Waits until the round is over, or the caller is to lead it, which is what this returns. */
  boolean await() {
    waiting++;
    try {
      while (!needsLeader && !isOver) turn.awaitUninterruptibly();
    } finally {
      waiting--;
    }
    boolean leads = needsLeader;
    needsLeader = false;
    return leads;
  }

  /** Whether a thread that was to lead has gone, for want of memory. */
  boolean isLeaderMissing() {
    return needsLeader;
  }

  /** Has one of those that wait lead; returns whether there is one. Where nobody waits, the next that comes leads. */
  boolean hasLeader() {
    needsLeader = waiting > 0;
    turn.signal();
    return needsLeader;
  }

  boolean isOver() {
    return isOver;
  }

  /** By the leader, before the end. */
  void fail(RuntimeException cause) {
    failure = cause;
  }

  void end() {
    isOver = true;
    turn.signalAll();
  }

  /** Throws what the round failed with, if it did. */
  void throwFailure() {
    if (failure != null) throw failure;
  }
}
