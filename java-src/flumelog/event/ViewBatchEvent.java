package flumelog.event;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** Views have taken in a batch of records. */
@Name("flumelog.ViewBatch")
@Label("View Batch")
@Description("A batch of records was read, decoded and added to the views that were at the same place in the log")
@Threshold("1 ms")
public final class ViewBatchEvent extends LogEvent {
  @Label("Views")
  @Description("The names of the views, in the order of the alphabet")
  String views;

  @Label("After")
  @Description("The offset behind which the batch begins, -1 for the start of the log")
  long after;

  @Label("To")
  @Description("The offset up to which the views have passed the log now")
  long to;

  @Label("Records")
  @Description("How many records the batch has")
  long records;

  @Label("Bytes")
  @Description("The bytes of their data")
  @DataAmount
  long bytes;

  private ViewBatchEvent() {}

  static ViewBatchEvent start() {
    ViewBatchEvent event = new ViewBatchEvent();
    event.begin();
    return event;
  }

  void end(String log, String names, long from, long upTo, long count, long size) {
    views = names;
    after = from;
    to = upTo;
    records = count;
    bytes = size;
    finish(log);
  }
}
