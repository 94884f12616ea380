package flumelog.linear;

import flumelog.spi.LastOffset;
import org.jetbrains.lincheck.datastructures.LongGen;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;
import org.jetbrains.lincheck.datastructures.Validate;

/** One writer moves {@code since}; anybody looks, and tells the watch, which hears of each move once and in order. */
public class SinceCalls {
  /** What it is to each of its callers: a number that grows. */
  public static class Sequential {
    private long offset = -1;

    public long move() {
      return ++offset;
    }

    public long get() {
      return offset;
    }

    public boolean has(long atLeast) {
      return offset >= atLeast;
    }

    public void tell() {}

    @Override
    public boolean equals(Object o) {
      return o instanceof Sequential other && offset == other.offset;
    }

    @Override
    public int hashCode() {
      return Long.hashCode(offset);
    }
  }

  private final LastOffset since = new LastOffset("a.log", -1, null);
  private volatile long told = -1;
  private volatile String wrong;

  public SinceCalls() {
    since.watch((before, now) -> {
      if (before != told || now <= before) wrong = "told of " + before + " to " + now + " after " + told;
      told = now;
    });
  }

  @Operation(nonParallelGroup = "writer")
  public long move() {
    long next = since.lastSeen() + 1;
    since.set(next);
    since.tell();
    return next;
  }

  @Operation
  public long get() {
    return since.get();
  }

  @Operation
  public boolean has(@Param(gen = LongGen.class, conf = "0:3") long atLeast) throws InterruptedException {
    return since.await(atLeast, 0);
  }

  @Operation
  public void tell() {
    since.tell();
  }

  @Validate
  public void allWasTold() {
    if (wrong != null) throw new IllegalStateException(wrong);
    if (told != since.get()) throw new IllegalStateException("told of " + told + ", is at " + since.get());
  }
}
