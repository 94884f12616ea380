package flumelog.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A log was opened. */
@Name("flumelog.Open")
@Label("Open")
@Description("The opening of a log")
public final class OpenEvent extends LogEvent {
  @Label("Writable")
  @Description("Whether the log takes appends")
  boolean writable;

  @Label("End")
  @Description("The position just past the last record")
  @DataAmount
  long end;

  private OpenEvent() {}

  public static OpenEvent start() {
    OpenEvent event = new OpenEvent();
    event.begin();
    return event;
  }

  public void end(String log, boolean isWritable, long endOfLog) {
    writable = isWritable;
    end = endOfLog;
    finish(log);
  }
}
