package flumelog.frame;

import flumelog.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Starts of frames by place: the file is cut into cells of one size, and of the starts that lie in a cell the first is kept, as
 * its distance from where the cell begins. To find one takes one look at memory, where a search in order takes one for
 * each step.
 *
 * <p>One at a time may add; any number may look meanwhile, and see a start or not.
 */
public final class Cells {
  private static final int MIN_SHIFT = 8;
  private static final int MAX_CELLS = 1 << 22;
  private static final int FEW_CELLS = 16;
  private static final int NEAR_CELLS = 16;
  private static final int PIECE_BYTES = 1 << 17;
  /** What fits into a char, with the sign that there is none. In logs of 256 GiB and more some starts lie further. */
  private static final int MAX_DISTANCE = Character.MAX_VALUE - 1;

  /** A cell has 2^shift bytes. */
  private final int shift;
  /** The number of the first cell that is kept; those below are empty. */
  private final long first;
  /** The distance plus one; 0 where no start is. */
  private final char[] distances;

  private Cells(int shift, long first, char[] distances) {
    this.shift = shift;
    this.first = first;
    this.distances = distances;
  }

  /** Empty ones, for starts at or above the position. */
  static Cells from(long position) {
    int shift = MIN_SHIFT;
    while (position >>> shift >= MAX_CELLS) shift++;
    return new Cells(shift, position >>> shift, new char[FEW_CELLS]);
  }

  /** A start at or below the position, not far from it; -1 when there is none. */
  long floor(long position) {
    for (int i = (int) Math.min((position >>> shift) - first, distances.length - 1); i >= 0; i--) {
      if (distances[i] != 0 && start(i) <= position) return start(i);
    }
    return -1;
  }

  /** Whether this start is kept. */
  boolean has(long start) {
    long i = (start >>> shift) - first;
    return i >= 0 && i < distances.length && distances[(int) i] == distance(start) + 1;
  }

  /** The first start that is known above the cell of the position, where it is near; otherwise -1. */
  long above(long position) {
    long next = (position >>> shift) - first + 1;
    long to = Math.min(next + NEAR_CELLS, distances.length);
    for (long i = Math.max(0, next); i < to; i++) {
      if (distances[(int) i] != 0) return start((int) i);
    }
    return -1;
  }

  /** Empties the cells from the one in which the position lies on, except of a start below it. */
  void forgetFrom(long position) {
    for (long i = Math.max(0, (position >>> shift) - first); i < distances.length; i++) {
      if (distances[(int) i] != 0 && start((int) i) >= position) distances[(int) i] = 0;
    }
  }

  /** These cells or, where they don't reach that far, more or larger ones; with the start, if it is the first in its cell. */
  Cells with(long start) {
    Cells cells = reaching(start);
    int i = (int) ((start >>> cells.shift) - cells.first);
    long distance = cells.distance(start);
    if (cells.distances[i] == 0 && distance <= MAX_DISTANCE) cells.distances[i] = (char) (distance + 1);
    return cells;
  }

  /** The same with all starts of others, which lie above. */
  Cells withAll(Cells above) {
    Cells all = this;
    for (int i = 0; i < above.distances.length; i++) {
      if (above.distances[i] != 0) all = all.with(above.start(i));
    }
    return all;
  }

  /** Where the cell ends in which the position lies. */
  long endOfCell(long position) {
    return (position >>> shift) + 1 << shift;
  }

  private Cells reaching(long position) {
    long cell = position >>> shift;
    if (cell - first < distances.length) return this;
    if (cell >= MAX_CELLS) return larger().reaching(position);
    long wanted = Math.max(2L * distances.length, cell - first + 1);
    return new Cells(shift, first, Arrays.copyOf(distances, (int) Math.min(wanted, MAX_CELLS - first)));
  }

  private Cells larger() {
    return new Cells(shift + 1, first >>> 1, new char[distances.length / 2 + 1]).withAll(this);
  }

  /** From where its cell begins. */
  private long distance(long start) {
    return start & (1L << shift) - 1;
  }

  private long start(int i) {
    return (first + i << shift) + distances[i] - 1;
  }

  /**
   * For a file: {@code shift: int32, cells: uint16 each}, from the first cell of the log to the last in which a start
   * lies; nothing when there is none.
   */
  public ByteBuffer toBytes() {
    int cells = distances.length;
    while (cells > 0 && distances[cells - 1] == 0) cells--;
    if (cells == 0) return ByteBuffer.allocate(0);
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES + Character.BYTES * ((int) first + cells));
    bytes.putInt(shift).position(Integer.BYTES + Character.BYTES * (int) first).slice().asCharBuffer().put(distances, 0, cells);
    return bytes.rewind();
  }

  /**
   * Reads them again, in pieces.
   *
   * @param bytes how many they take in the file
   * @param crc of the bytes that were read, which tells if they are what was written: those of a file that ends before may
   *     be anything
   */
  public static Cells read(LogFile file, long position, int bytes, CRC32C crc) throws IOException {
    ByteBuffer piece = ByteBuffer.allocate(Math.min(PIECE_BYTES, bytes));
    int shift = read(file, position, piece.limit(Integer.BYTES), crc).getInt();
    int count = (bytes - Integer.BYTES) / Character.BYTES;
    char[] distances = new char[Math.max(FEW_CELLS, count)];
    for (int done = 0; done < count; done += piece.limit() / Character.BYTES) {
      piece.clear().limit((int) Math.min(piece.capacity(), Character.BYTES * (long) (count - done)));
      long at = position + Integer.BYTES + Character.BYTES * (long) done;
      read(file, at, piece, crc).asCharBuffer().get(distances, done, piece.remaining() / Character.BYTES);
    }
    return new Cells(shift, 0, distances);
  }

  private static ByteBuffer read(LogFile file, long position, ByteBuffer into, CRC32C crc) throws IOException {
    file.readAt(position, into);
    crc.update(into.rewind());
    return into.rewind();
  }
}
