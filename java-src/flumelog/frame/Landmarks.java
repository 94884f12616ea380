package flumelog.frame;

import java.util.function.Supplier;

/**
 * Some starts of frames, spread over the log: from the one below a position a short walk over lengths leads to any
 * frame. Where a frame starts is known only by such a walk, never from the bytes at a place, since data may hold
 * anything, a copy of a frame too.
 *
 * <p>They take 2 bytes for each 256 of the log, and 8 MiB at most: in a longer log they lie further apart.
 */
public final class Landmarks {
  private volatile Cells cells;
  /** Where the cell ends in which the last one lies: what starts below that is not noted. */
  private long cellEnd;
  /** Where those below all that were noted come from when one of them is asked for; null when all are there. */
  private volatile Supplier<Landmarks> earlier;

  public Landmarks() {
    this(Cells.from(0));
  }

  public Landmarks(Cells cells) {
    this.cells = cells;
  }

  /** Landmarks of a log of which nothing below the position has been read yet. */
  public static Landmarks from(long position) {
    return new Landmarks(Cells.from(position));
  }

  /** Says where those come from that lie below the first one noted. */
  public void setEarlier(Supplier<Landmarks> earlier) {
    this.earlier = earlier;
  }

  /** Takes others in the place of all that are known; nothing is noted meanwhile. */
  public synchronized void replaceBy(Supplier<Landmarks> others) {
    Landmarks other = others.get();
    cells = other.cells;
    cellEnd = other.cellEnd;
    earlier = null;
  }

  /** Notes a frame start; it must lie above all that were noted before. */
  public synchronized void add(long start) {
    note(start);
  }

  /** Notes frame starts, ascending. */
  public synchronized void addAll(long[] starts) {
    for (long start : starts) note(start);
  }

  /** Forgets those at or above a position: the log was cut back there. */
  public synchronized void forgetFrom(long position) {
    cells.forgetFrom(position);
    cellEnd = 0;
  }

  /** A known start at or below the position and not far from it; 0, where the first frame starts, when none is known. */
  public long floor(long position) {
    // Looked at first: where nothing is to come any more, the cells have all.
    boolean isComplete = isComplete();
    long start = cells.floor(position);
    return start >= 0 ? start : isComplete ? 0 : withEarlier().floor(position);
  }

  /** Whether a frame is known to start there. Mostly one look at memory; that it is not known says nothing. */
  public boolean has(long start) {
    return cells.has(start);
  }

  /** A known start not far above the position, and mostly the next one there is; -1 when none is known there. */
  public long above(long position) {
    return cells.above(position);
  }

  /** Whether those below are there, or never were any. */
  public boolean isComplete() {
    return earlier == null;
  }

  public Cells cells() {
    return withEarlier().cells;
  }

  private synchronized Landmarks withEarlier() {
    if (isComplete()) return this;
    cells = earlier.get().cells.withAll(cells);
    // Only now, for others look at it meanwhile.
    earlier = null;
    return this;
  }

  private void note(long start) {
    if (start < cellEnd) return;
    Cells with = cells.with(start);
    // cpu: mostly the field stays the same. A store to it, even of the same value, would make readers on other processors wait.
    if (with != cells) cells = with;
    cellEnd = with.endOfCell(start);
  }
}
