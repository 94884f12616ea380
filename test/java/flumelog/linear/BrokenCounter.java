package flumelog.linear;

import org.jetbrains.lincheck.datastructures.Operation;

/** Loses counts when two threads count at once: a check that does not see this sees nothing. */
public class BrokenCounter {
  private volatile int count;

  @Operation
  public int increment() {
    int before = count;
    Thread.yield();
    count = before + 1;
    return before;
  }
}
