package flumelog.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** Records were written, and can be read. */
@Name("flumelog.Append")
@Label("Append")
@Description("One write of records to a log, without the force. Appends that wait at the same time share a write")
@Threshold("1 ms")
public final class AppendEvent extends LogEvent {
  @Label("Offset")
  @Description("The offset of the first record")
  long offset;

  @Label("Records")
  @Description("How many records the write has")
  int records;

  @Label("Bytes")
  @Description("The bytes that the write adds to the log")
  @DataAmount
  long bytes;

  private AppendEvent() {}

  public static AppendEvent start() {
    AppendEvent event = new AppendEvent();
    event.begin();
    return event;
  }

  public void end(String log, long first, int count, long size) {
    offset = first;
    records = count;
    bytes = size;
    finish(log);
  }
}
