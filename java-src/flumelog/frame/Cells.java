package flumelog.frame;

/**
 * Landmarks by place: the file is cut into cells of one size, and the first landmark in each is kept as its distance from
 * the start of the cell. To find one takes one look at memory, mostly, where a search in order takes one for each step.
 */
final class Cells {
  private static final int MIN_SHIFT = 8;
  /** So that a distance and the sign that there is none fit into a char: in logs up to 128 GiB. */
  private static final int MAX_SHIFT = 15;
  private static final int MAX_CELLS = 1 << 22;
  /** Where so many cells are empty one after the other, searching is faster. */
  private static final int MAX_EMPTY = 64;

  static final Cells NONE = new Cells(MAX_SHIFT, new char[0], 0);

  private final int shift;
  /** The distance plus one; 0 where no landmark is. */
  private final char[] distances;
  private final int count;

  private Cells(int shift, char[] distances, int count) {
    this.shift = shift;
    this.distances = distances;
    this.count = count;
  }

  /** The cells of the first landmarks of an ascending table; without any where the log is too long for them. */
  static Cells of(long[] starts, int count) {
    long last = starts[count - 1];
    int shift = MIN_SHIFT;
    while (last >>> shift >= MAX_CELLS) shift++;
    if (shift > MAX_SHIFT) return new Cells(MAX_SHIFT, NONE.distances, count);
    char[] distances = new char[(int) (last >>> shift) + 1];
    for (int i = count - 1; i >= 0; i--) {
      distances[(int) (starts[i] >>> shift)] = (char) ((starts[i] & (1 << shift) - 1) + 1);
    }
    return new Cells(shift, distances, count);
  }

  /** How many landmarks there were. */
  int count() {
    return count;
  }

  /** A landmark at or below the position, not far from it; -1 where only a search can tell. */
  long floor(long position) {
    long cell = position >>> shift;
    if (cell >= distances.length) return -1;
    for (int i = (int) cell; i >= Math.max(0, cell - MAX_EMPTY); i--) {
      long start = ((long) i << shift) + distances[i] - 1;
      if (distances[i] != 0 && start <= position) return start;
    }
    return -1;
  }
}
