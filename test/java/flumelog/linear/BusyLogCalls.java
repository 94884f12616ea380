package flumelog.linear;

import flumelog.error.LogException;
import flumelog.log.LiveCursor;
import flumelog.log.LiveOptions;
import java.util.Arrays;
import java.util.Map;
import org.jetbrains.lincheck.datastructures.Operation;
import org.jetbrains.lincheck.datastructures.Param;

/** The same with appends by another thread, forces that several wait for, records across blocks, and one who follows. */
public class BusyLogCalls extends LogCalls {
  private final LiveCursor live = new LiveCursor(log, LiveOptions.of(log, Map.of()));
  private long lastFollowed = -1;

  public BusyLogCalls() {
    super(Map.of(":sync", ":each", ":block-bytes", 7, ":cache-blocks", 4));
  }

  @Operation
  public String appendAsync(@Param(name = "value") int value) {
    // Handled, not joined: an error would be printed into another one, and that loads all of Clojure for each check.
    return orKind(() -> log.appendAsync(data(value)).handle(BusyLogCalls::offsetOrKind).join());
  }

  private static String offsetOrKind(Long offset, Throwable failure) {
    if (failure == null) return Arrays.toString(new long[] {offset});
    return failure instanceof LogException e ? e.kind().name() : failure.getClass().getName();
  }

  /** Steps to the next record where there is one, for stepping waits where there is none. */
  @Operation(nonParallelGroup = "follower")
  public String follow() throws InterruptedException {
    if (log.since().get() <= lastFollowed) return "nothing new";
    try {
      live.next();
      byte[] data = live.data();
      lastFollowed = live.offset();
      return value(data);
    } catch (LogException e) {
      return e.kind().name();
    }
  }
}
