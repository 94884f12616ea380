package bench.peer;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.file.Path;

/**
 * {@link LimitMapped} with checks. A table in memory proves that a record starts at the offset. After the bytes were
 * read, the frame must be whole, since the file may have been cut meanwhile.
 */
public final class LimitChecked extends Limit {
  /** The cells are so small that no two records of the workloads start in the same one. */
  private static final int CELL_SHIFT = 7;

  @Override
  public Store open(Path folder, Use use) throws IOException {
    return new Frames(folder, open(tail(folder))) {
      private byte[] cells;

      @Override
      public long[] keys() throws IOException {
        long[] keys = super.keys();
        cells = cells(keys, end);
        return keys;
      }

      @Override
      public Getter getter() throws IOException {
        Mapped map = map();
        return key -> get(map, cells, key);
      }
    };
  }

  /** For each cell, 1 plus the distance of the record's start from the cell's start; 0 if no record starts in it. */
  private static byte[] cells(long[] starts, long end) {
    byte[] cells = new byte[cell(end) + 1];
    for (long start : starts) cells[cell(start)] = mark(start);
    return cells;
  }

  private static int cell(long start) {
    return (int) (start >>> CELL_SHIFT);
  }

  private static byte mark(long start) {
    return (byte) ((start & (1 << CELL_SHIFT) - 1) + 1);
  }

  private static int get(Mapped map, byte[] cells, long start) {
    if (cells[cell(start)] != mark(start)) throw new IllegalStateException("no record starts at " + start);
    MappedByteBuffer part = map.part(start);
    int at = Mapped.index(start);
    int length = part.getInt(at);
    int sum = Sum.of(part, at + 4, length);
    if (part.getInt(at + 4 + length) != length || part.getLong(at + 8 + length) != start + OVERHEAD + length) {
      throw new IllegalStateException("the frame at " + start + " is not whole");
    }
    return sum;
  }
}
