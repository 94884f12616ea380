package flumelog.frame;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Some starts of frames, in order, spread over the log: from the one below a position a short walk over lengths leads
 * to any frame. Where a frame starts is known only by such a walk, never from the bytes at a place, since data may
 * hold anything, a copy of a frame too.
 *
 * <p>At most 262,144 are kept (2 MiB); in a longer log they lie further apart.
 */
public final class Landmarks {
  private static final int MAX = 1 << 18;

  private long spacing = 4096;
  private long[] starts = new long[16];
  private int count;
  /** Where the starts below {@code knownFrom} come from when one of them is asked for; null when all are there. */
  private Supplier<long[]> earlier;
  private long knownFrom;

  public Landmarks() {}

  private Landmarks(long knownFrom) {
    this.knownFrom = knownFrom;
  }

  /** Landmarks of a log of which nothing below the position has been read yet. */
  static Landmarks from(long position) {
    return new Landmarks(position);
  }

  /** Says where the starts below the first one added come from: all of them, ascending. */
  public synchronized void setEarlier(Supplier<long[]> earlier) {
    if (knownFrom > 0) this.earlier = earlier;
  }

  /** Notes a frame start; it must lie above all that were noted before. */
  public synchronized void add(long start) {
    if (count > 0 && start < starts[count - 1] + spacing) return;
    if (count == MAX) thin();
    if (count == starts.length) starts = Arrays.copyOf(starts, 2 * count);
    starts[count++] = start;
  }

  /** The last known start at or below the position, or 0, where the first frame starts. */
  public synchronized long floor(long position) {
    if (earlier != null && (count == 0 || position < starts[0])) loadEarlier();
    int i = Arrays.binarySearch(starts, 0, count, position);
    if (i < 0) i = -i - 2;
    return i < 0 ? 0 : starts[i];
  }

  /** Whether those below are there, or never were any. */
  public synchronized boolean isComplete() {
    return earlier == null;
  }

  /** All of them, ascending. */
  public synchronized long[] toArray() {
    if (earlier != null) loadEarlier();
    return Arrays.copyOf(starts, count);
  }

  private void loadEarlier() {
    Supplier<long[]> source = earlier;
    long[] below = source.get();
    earlier = null;
    long[] above = Arrays.copyOf(starts, count);
    count = 0;
    for (long start : below) add(start);
    for (long start : above) add(start);
  }

  private void thin() {
    count /= 2;
    for (int i = 0; i < count; i++) starts[i] = starts[2 * i];
    spacing *= 2;
  }
}
