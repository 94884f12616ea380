package flumelog.engine;

import flumelog.recovery.Mark;
import java.util.concurrent.locks.ReentrantLock;

/**
 * How many frames of an open log are deleted, or are no records but the log's own, as far as that is known. It is known when the
 * checkpoint has told it, or when the records were counted and nothing was deleted meanwhile.
 */
public final class Counting {
  /**
   * How many frames a log has at one moment.
   *
   * @param frames the number of frames, deleted ones too
   * @param end where they end
   * @param deleted how many of them are deleted or no records; -1 if that is not known
   * @param steps tells whether something was deleted since
   */
  public record Counted(long frames, long end, long deleted, long steps) {}

  private static final long UNKNOWN = -1;

  private final ReentrantLock turn;
  private final Durability durability;
  // The fields are used by the thread that has the turn.
  /** How many frames are deleted or no records. */
  private long deleted;
  /** How many frames of the log's own were appended since the log was opened. */
  private volatile long own;
  /** Whether a walk has found the number, which the checkpoint did not tell. */
  private boolean wereCounted;
  /** Goes up when a deletion begins, and when it is finished. After a deletion that failed it stays odd. */
  private long steps;

  /**
   * @param turn the writer's turn
   * @param deleted how many frames are deleted; -1 if that is not known
   */
  Counting(ReentrantLock turn, Durability durability, long deleted) {
    this.turn = turn;
    this.durability = durability;
    this.deleted = deleted;
  }

  /** How many frames are deleted; -1 if that is not known. The caller has the turn. */
  long deleted() {
    return deleted;
  }

  /** Whether a walk has found the number, which the checkpoint did not tell. The caller has the turn. */
  boolean wereCounted() {
    return wereCounted;
  }

  /** Before records are overwritten. Returns what must be handed to {@link #end}. The caller has the turn. */
  long begin() {
    long before = deleted;
    deleted = UNKNOWN;
    steps++;
    return before;
  }

  /** After records that were present were overwritten. The caller has the turn. */
  void end(long before, int records) {
    if (before != UNKNOWN) deleted = before + records;
    steps++;
  }

  /** After frames of the log's own, which are no records, were appended. The caller has the turn. */
  void addOwn(int frames) {
    own += frames;
    if (deleted != UNKNOWN) deleted += frames;
  }

  /** How many frames of the log's own were appended since the log was opened. */
  long own() {
    return own;
  }

  /** How many frames there are now. */
  public Counted now() {
    Threads.lock(turn);
    try {
      Mark mark = durability.progress().mark();
      return new Counted(mark.frames(), mark.end(), deleted, steps);
    } finally {
      turn.unlock();
    }
  }

  /** Takes note of how many frames a walk has found present, unless something was deleted since the walk began. */
  public void found(long present, Counted then) {
    Threads.lock(turn);
    try {
      if (steps != then.steps() || steps % 2 != 0) return;
      deleted = then.frames() - present;
      wereCounted = true;
    } finally {
      turn.unlock();
    }
  }
}
