package flumelog.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** The disk was asked to keep what was written. */
@Name("flumelog.Force")
@Label("Force")
@Description("One force of a log: everything that was written before it is on disk when it ends")
public final class ForceEvent extends LogEvent {
  @Label("Bytes")
  @Description("The bytes of records that were appended since the force before")
  @DataAmount
  long bytes;

  @Label("Writes")
  @Description("How many writes were made since the force before")
  long writes;

  private ForceEvent() {}

  public static ForceEvent start() {
    ForceEvent event = new ForceEvent();
    event.begin();
    return event;
  }

  public void end(String log, long size, long count) {
    bytes = size;
    writes = count;
    finish(log);
  }
}
