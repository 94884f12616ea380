package flumelog.frame;

import org.jetbrains.lincheck.datastructures.IntGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/** One writer adds landmarks while others look for the last one below; the cells grow, and take in what was kept. */
public class LandmarkCalls {
  private static final long APART = 256;
  /** The last of those that come from the log's last close; those above it fill the first cells but for one. */
  private static final long LAST_KEPT = 4;
  private static final long LAST_AT_START = LAST_KEPT + 15;

  /** What they are to each of their callers: all numbers up to one that grows. */
  public static class Sequential {
    private long last = LAST_AT_START;

    public long add() {
      return ++last;
    }

    public long floor(int near) {
      return Math.min(place(near), last);
    }

    public long last() {
      return last;
    }

    @Override
    public boolean equals(Object o) {
      return o instanceof Sequential other && last == other.last;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(last);
    }
  }

  private final Landmarks landmarks = Landmarks.from((LAST_KEPT + 1) * APART);
  private long last = LAST_KEPT;

  public LandmarkCalls() {
    while (last < LAST_AT_START) add();
    landmarks.setEarlier(LandmarkCalls::kept);
  }

  private static Landmarks kept() {
    Landmarks kept = new Landmarks();
    for (long i = 0; i <= LAST_KEPT; i++) kept.add(i * APART);
    return kept;
  }

  @Operation(nonParallelGroup = "writer")
  public long add() {
    landmarks.add(++last * APART);
    return last;
  }

  @Operation
  public long floor(@Param(gen = IntGen.class, conf = "0:5") int near) {
    return landmarks.floor(place(near) * APART + 5) / APART;
  }

  /** The first is asked for before, so that what was kept comes in while others add. */
  @Operation
  public long last() {
    return landmarks.floor(0) + landmarks.floor(Long.MAX_VALUE) / APART;
  }

  /** The last two of those that were kept, the last two at the start, and two that come: where things change. */
  private static long place(int near) {
    return near < 2 ? LAST_KEPT - 1 + near : LAST_AT_START - 3 + near;
  }
}
