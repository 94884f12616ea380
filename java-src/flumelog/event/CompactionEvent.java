package flumelog.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** A log was compacted. */
@Name("flumelog.Compaction")
@Label("Compaction")
@Description("The deleted records were removed from a log: a new file took the place of the old one")
public final class CompactionEvent extends LogEvent {
  @Label("Records")
  @Description("How many records the log has now")
  long records;

  @Label("Deleted")
  @Description("How many deleted records were left out")
  long deleted;

  @Label("Freed Bytes")
  @Description("How many bytes shorter the log is")
  @DataAmount
  long freedBytes;

  @Label("End")
  @Description("The position just past the last record")
  @DataAmount
  long end;

  private CompactionEvent() {}

  public static CompactionEvent start() {
    CompactionEvent event = new CompactionEvent();
    event.begin();
    return event;
  }

  public void end(String log, long count, long leftOut, long freed, long endOfLog) {
    records = count;
    deleted = leftOut;
    freedBytes = freed;
    end = endOfLog;
    finish(log);
  }
}
