package flumelog.frame;

import java.util.function.Supplier;

/**
 * Some frame starts, spread over the log. From the landmark below a position, a short walk over the lengths of frames leads to
 * any frame. Only such a walk shows where a frame starts. The bytes at a place can't show it, since data may contain any bytes,
 * even a copy of a frame.
 *
 * <p>Landmarks take 2 bytes for each 256 bytes of the log, and 8 MiB at most. In a longer log they lie further apart.
 */
public final class Landmarks {
  private volatile Cells cells;
  /** The end of the cell of the last landmark. Starts below it are not noted: a cell has only one. */
  private long cellEnd;
  /** Supplies the landmarks below the first noted one, on first use. Null if they are loaded, or if there are none. */
  private volatile Supplier<Landmarks> earlier;

  public Landmarks() {
    this(Cells.from(0));
  }

  public Landmarks(Cells cells) {
    this.cells = cells;
  }

  /** Makes landmarks for a log of which nothing below the position has been read yet. */
  public static Landmarks from(long position) {
    return new Landmarks(Cells.from(position));
  }

  /** Sets the supplier of the landmarks below the first noted one. */
  public void setEarlier(Supplier<Landmarks> earlier) {
    this.earlier = earlier;
  }

  /** Notes starts that lie above the earlier landmarks, which are not loaded, and below all that are noted. */
  public synchronized void addBelow(Landmarks lower) {
    if (!isComplete()) cells = lower.cells.withAll(cells);
  }

  /** Replaces all landmarks by others. No starts are noted while the others are made. */
  public synchronized void replaceBy(Supplier<Landmarks> others) {
    Landmarks other = others.get();
    cells = other.cells;
    cellEnd = other.cellEnd;
    earlier = null;
  }

  /** Notes a frame start. It must lie above all that were noted before. */
  public synchronized void add(long start) {
    note(start);
  }

  /** Notes frame starts, which must ascend. */
  public synchronized void addAll(long[] starts) {
    for (long start : starts) note(start);
  }

  /** Removes the landmarks at or above a position, because the log was cut back there. */
  public synchronized void forgetFrom(long position) {
    cells.forgetFrom(position);
    cellEnd = 0;
  }

  /** Returns a known start at or below the position and near it. If none is known, returns 0, where the first frame starts. */
  public long floor(long position) {
    // Read before the cells: if no earlier landmarks are missing at this moment, the cells have them all.
    boolean isComplete = isComplete();
    long start = cells.floor(position);
    return start >= 0 ? start : isComplete ? 0 : withEarlier().floor(position);
  }

  /** Whether a frame is known to start there. False proves nothing. Usually takes one memory access. */
  public boolean has(long start) {
    return cells.has(start);
  }

  /** Returns a known start not far above the position, usually the next frame's; -1 if none is known there. */
  public long above(long position) {
    return cells.above(position);
  }

  /** Whether the earlier landmarks are loaded, or there are none. */
  public boolean isComplete() {
    return earlier == null;
  }

  public Cells cells() {
    return withEarlier().cells;
  }

  private synchronized Landmarks withEarlier() {
    if (isComplete()) return this;
    cells = earlier.get().cells.withAll(cells);
    // Last, because other threads read the cells after they have seen that this is null.
    earlier = null;
    return this;
  }

  private void note(long start) {
    if (start < cellEnd) return;
    Cells with = cells.with(start);
    // cpu: the field rarely changes. A store to it, even of the same value, would make readers on other processors wait.
    if (with != cells) cells = with;
    cellEnd = with.endOfCell(start);
  }
}
