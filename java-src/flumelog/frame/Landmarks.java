package flumelog.frame;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * Some starts of frames, in order, spread over the log: from the one below a position a short walk over lengths leads
 * to any frame. Where a frame starts is known only by such a walk, never from the bytes at a place, since data may
 * hold anything, a copy of a frame too.
 *
 * <p>At most 1,048,576 are kept (8 MiB); in a longer log they lie further apart. Who asks often finds them by place, in
 * {@link Cells} (8 MiB at most).
 */
public final class Landmarks {
  private static final int MAX = 1 << 20;
  /** So few are searched in order. */
  private static final int FEW = 1 << 10;
  private static final int ASKED_OFTEN = 64;

  /** So that those who search take no lock: what is below {@code count} never changes. */
  private static final class Table {
    final long[] starts;
    volatile int count;

    Table(long[] starts, int count) {
      this.starts = starts;
      this.count = count;
    }
  }

  private long spacing = 256;
  private volatile Table table = new Table(new long[16], 0);
  /** Where the starts below {@code knownFrom} come from when one of them is asked for; null when all are there. */
  private volatile Supplier<long[]> earlier;
  private long knownFrom;
  private volatile Cells cells = Cells.NONE;
  /** Counted without care: it is much the same whether a few are missed. */
  private int asked;

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
    table = with(table, start);
  }

  /** Notes frame starts, ascending. */
  public synchronized void addAll(long[] starts) {
    Table t = table;
    for (long start : starts) t = with(t, start);
    table = t;
  }

  /** A known start at or below the position and not far from it; 0, where the first frame starts, when none is known. */
  public long floor(long position) {
    long start = cells.floor(position);
    return start >= 0 ? start : search(position);
  }

  private long search(long position) {
    boolean hasEarlier = earlier != null;
    // Looked at after that: where nothing earlier is to come any more, it has all.
    Table t = table;
    if (hasEarlier && (t.count == 0 || position < t.starts[0])) t = withEarlier();
    int i = Arrays.binarySearch(t.starts, 0, t.count, position);
    if (i < 0) i = -i - 2;
    if (isMuchLonger(t) && ++asked >= ASKED_OFTEN) makeCells();
    return i < 0 ? 0 : t.starts[i];
  }

  /** Makes the cells, once somebody has asked often, and again when many landmarks have come. */
  private synchronized void makeCells() {
    Table t = table;
    if (isMuchLonger(t)) cells = Cells.of(t.starts, t.count);
  }

  private boolean isMuchLonger(Table t) {
    int known = cells.count();
    return t.count - known > Math.max(FEW, known >> 3);
  }

  /** Whether those below are there, or never were any. */
  public synchronized boolean isComplete() {
    return earlier == null;
  }

  /** All of them, ascending. */
  public synchronized long[] toArray() {
    Table t = withEarlier();
    return Arrays.copyOf(t.starts, t.count);
  }

  private synchronized Table withEarlier() {
    Supplier<long[]> source = earlier;
    if (source == null) return table;
    Table all = new Table(new long[16], 0);
    for (long start : source.get()) all = with(all, start);
    Table above = table;
    for (int i = 0; i < above.count; i++) all = with(all, above.starts[i]);
    // Only now, for others search it meanwhile.
    table = all;
    earlier = null;
    return all;
  }

  /** The table or, where it is full, a larger one; with the start, unless that lies too close to the last. */
  private Table with(Table table, long start) {
    Table t = table;
    int count = t.count;
    if (count > 0 && start < t.starts[count - 1] + spacing) return t;
    if (count == MAX) t = thinned(t);
    else if (count == t.starts.length) t = new Table(Arrays.copyOf(t.starts, Math.min(MAX, 2 * count)), count);
    t.starts[t.count] = start;
    t.count++;
    return t;
  }

  private Table thinned(Table full) {
    long[] starts = new long[MAX];
    for (int i = 0; i < MAX / 2; i++) starts[i] = full.starts[2 * i];
    spacing *= 2;
    return new Table(starts, MAX / 2);
  }
}
