package bench.peer;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The records of a payload file: {@code (length(uint32 BE) data)*}, as dev/bench/payload.clj writes it. */
public final class Records {
  private Records() {}

  /** The first {@code count} records. */
  public static byte[][] load(Path payload, int count) throws IOException {
    byte[][] records = new byte[count][];
    try (DataInputStream in = new DataInputStream(new BufferedInputStream(Files.newInputStream(payload), 1 << 20))) {
      for (int i = 0; i < count; i++) records[i] = in.readNBytes(in.readInt());
    }
    return records;
  }

  /** A sequence of record numbers that looks random and is the same for all peers. */
  public static int[] picks(int seed, int count, int records) {
    int[] picks = new int[count];
    int x = seed;
    for (int i = 0; i < count; i++) {
      x = x * 1664525 + 1013904223;
      picks[i] = (x >>> 8) % records;
    }
    return picks;
  }
}
