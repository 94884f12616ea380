package bench.loops;

import flumelog.log.BlockCache;
import flumelog.log.LogOptions;
import flumelog.log.OffsetLog;
import flumelog.log.SyncPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A log of 20,000 records of 200 to 1000 bytes. */
@State(Scope.Benchmark)
public class LogState {
  static final int RECORDS = 20_000;

  /** Every frame straddles several small blocks; few frames straddle large ones. */
  @Param({"512", "16384", "262144"})
  int blockBytes;

  /** Whether the cache has space for all blocks, or for none. */
  @Param({"true", "false"})
  boolean cached;

  Path path;
  OffsetLog log;
  long[] offsets;

  @Setup(Level.Trial)
  public void open() throws IOException {
    path = Files.createTempFile("loops", ".log");
    Map<String, Object> options = new HashMap<>(Map.of(":sync", SyncPolicy.NONE, ":block-bytes", blockBytes));
    options.put(":cache", new BlockCache(cached ? 1 << 26 : 0));
    log = OffsetLog.open(path, LogOptions.of(options));
    offsets = log.appendAll(records());
  }

  private static List<byte[]> records() {
    SplittableRandom random = new SplittableRandom(1);
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < RECORDS; i++) {
      byte[] data = new byte[200 + random.nextInt(800)];
      random.nextBytes(data);
      data[0] = 1;
      records.add(data);
    }
    return records;
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    log.close();
    Files.delete(path);
  }
}
