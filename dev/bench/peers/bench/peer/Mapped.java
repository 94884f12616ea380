package bench.peer;

import java.io.IOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.util.Arrays;

/** The frames of a mapped file, in parts of 1 GiB. A part also maps the first bytes of the next one. */
final class Mapped {
  private static final int PART_SHIFT = 30;
  private static final long PART_BYTES = 1L << PART_SHIFT;
  /** An upper bound for the length of a frame of the workloads. */
  private static final int LONGEST = 1 << 12;

  private final MappedByteBuffer[] parts;
  private final long end;

  Mapped(FileChannel file, long end) throws IOException {
    this.end = end;
    this.parts = new MappedByteBuffer[(int) (end + PART_BYTES - 1 >>> PART_SHIFT)];
    for (int i = 0; i < parts.length; i++) {
      long from = i * PART_BYTES;
      parts[i] = file.map(MapMode.READ_ONLY, from, Math.min(PART_BYTES + LONGEST, end - from));
    }
  }

  /** The part that has the whole frame that starts at the position; in the part it starts at {@link #index}. */
  MappedByteBuffer part(long start) {
    return parts[(int) (start >>> PART_SHIFT)];
  }

  static int index(long start) {
    return (int) (start & PART_BYTES - 1);
  }

  long[] starts() {
    long[] starts = new long[1 << 10];
    int n = 0;
    for (long at = 0; at < end; at += Limit.OVERHEAD + part(at).getInt(index(at))) {
      if (n == starts.length) starts = Arrays.copyOf(starts, 2 * n);
      starts[n++] = at;
    }
    return Arrays.copyOf(starts, n);
  }
}
