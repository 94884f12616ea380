package flumelog.engine;

import flumelog.event.ForceEvent;
import flumelog.event.ForceWaitEvent;
import flumelog.event.Recorder;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets threads that wait for a force at the same time share one. One of them leads: it forces for all writes until
 * then. A thread that comes while a force is under way waits for the next one, unless the current force covers its
 * write.
 */
final class GroupForce {
  private final Durability durability;
  /** Guards the fields below. It is not held during a force. */
  private final ReentrantLock rounds = new ReentrantLock();
  private boolean isForcing;
  /** The threads that wait for the current force, and the progress that it covers. */
  private Round current;
  private Durability.Progress covered;
  /** The threads that came later, and wait for the next force. */
  private Round next = new Round(rounds);
  private long forces;
  private long longestNanos;

  /**
   * The cost of the forces until now.
   *
   * @param longestNanos the time of the longest force
   * @param waiting the number of threads that wait for a force at the moment, without the one that forces
   */
  record Cost(long forces, long longestNanos, int waiting) {}

  GroupForce(Durability durability) {
    this.durability = durability;
  }

  /** Returns when all writes until now are on disk. Throws the failure of the force. */
  void force() {
    long wanted = durability.progress().writes();
    if (durability.isForced(wanted)) return;
    ForceWaitEvent event = Recorder.look() ? ForceWaitEvent.start() : null;
    forceUpTo(wanted);
    if (event != null) event.end(durability.path());
  }

  private void forceUpTo(long wanted) {
    Threads.lock(rounds);
    try {
      while (!durability.isForced(wanted)) {
        // A round that an error ended without a force is over: this thread waits for the next one.
        Round mine = isForcing && wanted <= covered.writes() && !current.isOver() ? current : next;
        if (!isForcing || awaitTurn(mine)) lead();
        mine.throwFailure();
      }
    } finally {
      rounds.unlock();
    }
  }

  /** Forces for the round. The lock is free meanwhile, so that other threads can join the next round. */
  private void lead() {
    Round mine = next;
    begin();
    rounds.unlock();
    long nanos = -1;
    try {
      durability.checkNotFailed();
      nanos = forceCovered();
    } catch (RuntimeException e) {
      mine.fail(e);
    } finally {
      Threads.lock(rounds);
      if (nanos >= 0) count(nanos);
      mine.end();
      isForcing = next.chooseLeader();
    }
  }

  /** Forces the progress that the round covers. Returns the time that it took, in nanoseconds. */
  private long forceCovered() {
    ForceEvent event = Recorder.look() ? ForceEvent.start() : null;
    Durability.Progress before = durability.forced();
    long start = System.nanoTime();
    durability.forceAll(covered);
    long nanos = System.nanoTime() - start;
    if (event != null) {
      event.end(durability.path(), covered.mark().end() - before.mark().end(), covered.writes() - before.writes());
    }
    return nanos;
  }

  private void count(long nanos) {
    forces++;
    longestNanos = Math.max(longestNanos, nanos);
  }

  Cost cost() {
    Threads.lock(rounds);
    try {
      int waiting = next.waiting() + (isForcing ? current.waiting() : 0);
      return new Cost(forces, longestNanos, waiting);
    } finally {
      rounds.unlock();
    }
  }

  private boolean awaitTurn(Round mine) {
    try {
      return mine.await();
    } finally {
      if (mine.isLeaderMissing()) isForcing = mine.chooseLeader();
    }
  }

  /** Begins a round. Allocates everything before it changes a field. */
  private void begin() {
    Round following;
    try {
      following = new Round(rounds);
    } catch (Throwable t) {
      isForcing = next.chooseLeader();
      throw t;
    }
    current = next;
    next = following;
    covered = durability.progress();
    isForcing = true;
  }
}
