package flumelog.engine;

import java.util.concurrent.TimeUnit;

/**
 * How long a log waits from one look for records of others to the next: not long while records come, and longer the longer none
 * came. The pause is a share of the time since the last record. So a record is late by that share of the time in which none came, and
 * an idle log looks as seldom as one with a steady pace (ADR 49).
 */
public final class Pace {
  /** The pause of a log to which nobody has appended for a while. */
  public static final long LONGEST_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  /** It takes about twice that time, since the system wakes a thread late. Without it a thread would take all of a processor. */
  public static final long SHORTEST_NANOS = TimeUnit.MICROSECONDS.toNanos(50);

  private static final int SHARE = 8;

  private final long shortest;
  // Threads that write these fields at the same time change no more than a pause.
  private volatile long seen = Long.MIN_VALUE;
  private volatile long movedAt;

  private Pace(long shortest) {
    this.shortest = shortest;
  }

  /** A pace that follows the traffic, for a log in which a look is cheap. */
  public static Pace ofTraffic() {
    return new Pace(SHORTEST_NANOS);
  }

  /** Always the longest pause, for other stores. */
  public static Pace steady() {
    return new Pace(LONGEST_NANOS);
  }

  /**
   * The nanoseconds to wait until the next look.
   *
   * @param offset of the last record that the log knows; another one than at the last call is traffic, and so is the first one
   * @param now as {@link System#nanoTime} gives it
   */
  public long pause(long offset, long now) {
    if (offset != seen) {
      seen = offset;
      movedAt = now;
    }
    return Math.max(shortest, Math.min(LONGEST_NANOS, (now - movedAt) / SHARE));
  }
}
