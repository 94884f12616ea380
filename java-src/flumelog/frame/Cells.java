package flumelog.frame;

import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A direct-address table of frame starts. The file is divided into cells of equal size. For each cell the table has the first
 * known frame start in it, as the distance from the beginning of the cell. A look-up is one memory access; a binary search would
 * take one for each of its steps.
 *
 * <p>One thread at a time may add starts. Any number of threads may look starts up at the same time; each sees a new start or
 * does not see it yet.
 */
public final class Cells {
  private static final int MIN_SHIFT = 8;
  private static final int MAX_CELLS = 1 << 22;
  private static final int FEW_CELLS = 16;
  private static final int NEAR_CELLS = 16;
  private static final int PIECE_BYTES = 1 << 17;
  /**
   * The largest distance that a char can hold beside 0, which means that there is no start. In logs of 256 GiB and more a cell is
   * longer, and starts beyond this distance are not kept.
   */
  private static final int MAX_DISTANCE = Character.MAX_VALUE - 1;

  /** A cell has 2^shift bytes. */
  private final int shift;
  /** The number of the first cell in the table. All cells below it are empty. */
  private final long first;
  /** For each cell, the distance of its start plus one; 0 if no start is known. */
  private final char[] distances;

  private Cells(int shift, long first, char[] distances) {
    this.shift = shift;
    this.first = first;
    this.distances = distances;
  }

  /** Makes an empty table for starts at or above the position. */
  static Cells from(long position) {
    int shift = MIN_SHIFT;
    while (position >>> shift >= MAX_CELLS) shift++;
    return new Cells(shift, position >>> shift, new char[FEW_CELLS]);
  }

  /** Returns a start at or below the position and near it; -1 if there is none. */
  long floor(long position) {
    for (int i = (int) Math.min((position >>> shift) - first, distances.length - 1); i >= 0; i--) {
      if (distances[i] != 0 && start(i) <= position) return start(i);
    }
    return -1;
  }

  /** Whether the table has this start. */
  boolean has(long start) {
    long i = (start >>> shift) - first;
    return i >= 0 && i < distances.length && distances[(int) i] == distance(start) + 1;
  }

  /** Returns the first known start above the cell of the position, if it is near; otherwise -1. */
  long above(long position) {
    long next = (position >>> shift) - first + 1;
    long to = Math.min(next + NEAR_CELLS, distances.length);
    for (long i = Math.max(0, next); i < to; i++) {
      if (distances[(int) i] != 0) return start((int) i);
    }
    return -1;
  }

  /** Removes all starts at or above the position. */
  void forgetFrom(long position) {
    for (long i = Math.max(0, (position >>> shift) - first); i < distances.length; i++) {
      if (distances[(int) i] != 0 && start((int) i) >= position) distances[(int) i] = 0;
    }
  }

  /**
   * Adds a start, unless its cell has one already. Returns this table, or, if it does not reach that far, a new one with more or
   * larger cells.
   */
  Cells with(long start) {
    Cells cells = reaching(start);
    int i = (int) ((start >>> cells.shift) - cells.first);
    long distance = cells.distance(start);
    if (cells.distances[i] == 0 && distance <= MAX_DISTANCE) cells.distances[i] = (char) (distance + 1);
    return cells;
  }

  /** Adds all starts of another table, which lie above the starts of this one. */
  Cells withAll(Cells above) {
    Cells all = this;
    for (int i = 0; i < above.distances.length; i++) {
      if (above.distances[i] != 0) all = all.with(above.start(i));
    }
    return all;
  }

  /** Returns the end of the cell in which the position lies. */
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

  /** Returns the distance of a start from the beginning of its cell. */
  private long distance(long start) {
    return start & (1L << shift) - 1;
  }

  private long start(int i) {
    return (first + i << shift) + distances[i] - 1;
  }

  /**
   * Returns the table as the bytes that are written to a file: {@code shift: int32, cells: uint16 each}. The cells are those from
   * the first one of the log to the last one that has a start. There are no bytes if no cell has one.
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
   * Reads a table from a file, in pieces.
   *
   * @param bytes how many bytes the table has in the file
   * @param crc is updated with the bytes that were read; the caller must compare it, because the table of a damaged or shortened
   *     file may have any content
   */
  public static Cells read(ReadableFile file, long position, int bytes, CRC32C crc) throws IOException {
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

  private static ByteBuffer read(ReadableFile file, long position, ByteBuffer into, CRC32C crc) throws IOException {
    file.readAt(position, into);
    crc.update(into.rewind());
    return into.rewind();
  }
}
