package bench.loops;

import flumelog.log.Cursor;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.Blackhole;

/**
 * The time of reading a record: the walk over frames alone, the walk with data, and single records, in the cache or
 * not.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@OperationsPerInvocation(LogState.RECORDS)
public class ReadLoops {
  @Benchmark
  public long frameWalk(LogState state) {
    long sum = 0;
    for (Cursor cursor = state.log.cursor(); cursor.next(); ) sum += cursor.offset();
    return sum;
  }

  @Benchmark
  public long frameWalkBack(LogState state) {
    long sum = 0;
    for (Cursor cursor = state.log.cursor().seek(Long.MAX_VALUE); cursor.prev(); ) sum += cursor.offset();
    return sum;
  }

  /** A scan in Java: reads all data in place. */
  @Benchmark
  public void scanInPlace(LogState state, Blackhole hole) {
    for (Cursor cursor = state.log.cursor(); cursor.next(); ) hole.consume(cursor.view().get(0));
  }

  /** A scan that copies the data of each record to a new array. */
  @Benchmark
  public void scan(LogState state, Blackhole hole) {
    for (Cursor cursor = state.log.cursor(); cursor.next(); ) hole.consume(cursor.data());
  }

  /** Reads single records in an order in which two successive ones are never near each other. */
  @Benchmark
  public void get(LogState state, Blackhole hole) {
    int at = 0;
    for (int i = 0; i < LogState.RECORDS; i++) {
      at = (at + 7919) % LogState.RECORDS;
      hole.consume(state.log.get(state.offsets[at]));
    }
  }
}
