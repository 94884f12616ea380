package flumelog.event;

import java.util.Locale;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;

/** Opening has inspected the file of a log. */
@Name("flumelog.Recovery")
@Label("Recovery")
@Description("The part of an opening that reads the file of the log from the last mark on")
public final class RecoveryEvent extends LogEvent {
  @Label("Scanned From")
  @Description("The position where reading began")
  long scannedFrom;

  @Label("End")
  @Description("The position just past the last good record")
  long end;

  @Label("Tail")
  @Description("What is behind the last good record: none, torn or corrupt")
  String tail;

  @Label("Tail Bytes")
  @Description("How many bytes are behind the last good record")
  @DataAmount
  long tailBytes;

  private RecoveryEvent() {}

  public static RecoveryEvent start() {
    RecoveryEvent event = new RecoveryEvent();
    event.begin();
    return event;
  }

  public void end(String log, long from, long goodEnd, String state, long bytesBehind) {
    scannedFrom = from;
    end = goodEnd;
    tail = state.toLowerCase(Locale.ROOT);
    tailBytes = bytesBehind;
    finish(log);
  }
}
