package flumelog.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** A block was not in the cache, and was read from the file. */
@Name("flumelog.CacheMiss")
@Label("Cache Miss")
@Description("A block that was not in the cache was read from the file")
@Threshold("1 ms")
public final class CacheMissEvent extends LogEvent {
  @Label("Position")
  @Description("The position of the block in the file")
  long position;

  @Label("Bytes")
  @Description("How many bytes were read")
  @DataAmount
  long bytes;

  private CacheMissEvent() {}

  public static CacheMissEvent start() {
    CacheMissEvent event = new CacheMissEvent();
    event.begin();
    return event;
  }

  public void end(String log, long from, long count) {
    position = from;
    bytes = count;
    finish(log);
  }
}
