package flumelog.engine;

import java.util.concurrent.locks.ReentrantLock;

/**
 * Threads that wait for a force at the same time share one: one of them leads, and forces for all that was written until
 * then. A thread that comes while a force is under way waits for the one after it, unless that force covers its write.
 */
final class GroupForce {
  private final Durability durability;
  /** Held while the fields below are looked at, and not while a force is under way. */
  private final ReentrantLock rounds = new ReentrantLock();
  private boolean isForcing;
  /** The threads that wait for the force that is under way, and what that covers. */
  private Round current;
  private Durability.Progress covered;
  /** The threads that came later, and wait for the one after it. */
  private Round next = new Round(rounds);

  GroupForce(Durability durability) {
    this.durability = durability;
  }

  /** Returns when all that is written is on disk; throws what its force failed with. */
  void force() {
    long wanted = durability.progress().writes();
    if (durability.isForced(wanted)) return;
    Threads.lock(rounds);
    try {
      while (!durability.isForced(wanted)) {
        // A round that an error has ended without its force is over, and another one still to come.
        Round mine = isForcing && wanted <= covered.writes() && !current.isOver() ? current : next;
        if (!isForcing || awaitTurn(mine)) lead();
        mine.throwFailure();
      }
    } finally {
      rounds.unlock();
    }
  }

  /** Forces without the lock, so that others can come to wait meanwhile; then the next of them leads. */
  private void lead() {
    Round mine = next;
    begin();
    rounds.unlock();
    try {
      durability.checkNotFailed();
      durability.forceAll(covered);
    } catch (RuntimeException e) {
      mine.fail(e);
    } finally {
      Threads.lock(rounds);
      mine.end();
      isForcing = next.hasLeader();
    }
  }

  private boolean awaitTurn(Round mine) {
    try {
      return mine.await();
    } finally {
      if (mine.isLeaderMissing()) isForcing = mine.hasLeader();
    }
  }

  /** All that needs memory is made before anything is said to be under way. */
  private void begin() {
    Round following;
    try {
      following = new Round(rounds);
    } catch (Throwable t) {
      isForcing = next.hasLeader();
      throw t;
    }
    current = next;
    next = following;
    covered = durability.progress();
    isForcing = true;
  }
}
