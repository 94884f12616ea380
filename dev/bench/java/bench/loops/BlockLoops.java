package bench.loops;

import flumelog.block.Blocks;
import flumelog.block.ClockCache;
import flumelog.file.ReadableFile;
import flumelog.file.LogPath;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The time of one read through blocks: of integers inside a block and across its edge, and of data in the cache or not.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@State(Scope.Benchmark)
@OperationsPerInvocation(BlockLoops.READS)
public class BlockLoops {
  static final int READS = 1000;
  private static final int BLOCKS = READS + 1;
  private static final int DATA_BYTES = 600;

  @Param({"4096", "16384", "262144"})
  int blockBytes;

  private Path path;
  private ReadableFile file;
  private Blocks cached;
  private Blocks uncached;

  @Setup(Level.Trial)
  public void open() throws IOException {
    path = Files.createTempFile("loops", ".blocks");
    long size = BLOCKS * (long) blockBytes;
    byte[] block = new byte[blockBytes];
    try (var out = Files.newOutputStream(path)) {
      for (int i = 0; i < BLOCKS; i++) out.write(block);
    }
    LogPath place = LogPath.of(path);
    file = place.folder().openForReading(place.name());
    cached = new Blocks(path.toString(), file, blockBytes, new ClockCache(2 * size), size);
    uncached = new Blocks(path.toString(), file, blockBytes, new ClockCache(0), size);
  }

  @TearDown(Level.Trial)
  public void close() throws IOException {
    file.close();
    Files.delete(path);
  }

  @Benchmark
  public long integerInABlock() {
    return integers(0);
  }

  /** Reads an integer with four of its eight bytes in the next block. */
  @Benchmark
  public long integerOverAnEdge() {
    return integers(blockBytes - 4);
  }

  private long integers(int at) {
    long sum = 0;
    for (int i = 0; i < READS; i++) sum += cached.uint(i * (long) blockBytes + at, 8);
    return sum;
  }

  @Benchmark
  public int cacheHit() {
    return data(cached);
  }

  @Benchmark
  public int cacheMiss() {
    return data(uncached);
  }

  private int data(Blocks blocks) {
    int sum = 0;
    for (int i = 0; i < READS; i++) sum += blocks.read(i * (long) blockBytes + 8, DATA_BYTES).length;
    return sum;
  }
}
