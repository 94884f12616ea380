package flumelog.event;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;

/** A thread waited until its records were on disk. */
@Name("flumelog.ForceWait")
@Label("Force Wait")
@Description("The time for which one thread waited until its records were on disk")
@Threshold("1 ms")
public final class ForceWaitEvent extends LogEvent {
  private ForceWaitEvent() {}

  public static ForceWaitEvent start() {
    ForceWaitEvent event = new ForceWaitEvent();
    event.begin();
    return event;
  }

  public void end(String log) {
    finish(log);
  }
}
