package flumelog.recovery;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Where the records of a log went in one compaction. A run is a range of the old file that was copied as it is; in the
 * new file the runs follow one another without gaps.
 */
public final class MovedRuns {
  /** The number of the runs that were written, and their bytes and checksum. */
  record Written(long count, long bytes, CRC32C crc) {}

  /** Where each run starts in the old file, and in the new one. The new starts have one more: where the last run ends. */
  private final long[] oldStarts;
  private final long[] newStarts;

  private MovedRuns(int runs) {
    this.oldStarts = new long[runs];
    this.newStarts = new long[runs + 1];
  }

  /** Reads runs as {@link MovesFile} shows them. The bytes must be exactly those of the runs. */
  static MovedRuns read(ByteBuffer in, int runs) {
    MovedRuns found = new MovedRuns(runs);
    long old = 0;
    for (int i = 0; i < runs; i++) {
      found.oldStarts[i] = old + readVarint(in);
      long stay = readVarint(in);
      found.newStarts[i + 1] = found.newStarts[i] + stay;
      old = found.oldStarts[i] + stay;
    }
    return found;
  }

  /** The new offset of a record, -1 if it was left out. The old offset must be one of a record of the old file. */
  public long newOffset(long old) {
    int at = Arrays.binarySearch(oldStarts, old);
    int run = at >= 0 ? at : -at - 2;
    if (run < 0) return -1;
    long moved = newStarts[run] + (old - oldStarts[run]);
    return moved < newStarts[run + 1] ? moved : -1;
  }

  static void putVarint(ByteBuffer out, long number) {
    long rest = number;
    for (; rest > 0x7F; rest >>>= 7) out.put((byte) (rest | 0x80));
    out.put((byte) rest);
  }

  private static long readVarint(ByteBuffer in) {
    long number = 0;
    for (int shift = 0; ; shift += 7) {
      byte b = in.get();
      number |= (long) (b & 0x7F) << shift;
      if (b >= 0) return number;
    }
  }
}
