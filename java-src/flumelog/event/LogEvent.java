package flumelog.event;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.StackTrace;

/** An event of one log. */
@Category("flumelog")
@StackTrace(false)
abstract class LogEvent extends Event {
  @Label("Path")
  @Description("The log, as its user named it")
  String path;

  /** Adds the event to the recording, if the recording wants it. An error here must not disturb the log. */
  void finish(String ofLog) {
    try {
      path = ofLog;
      commit();
    } catch (RuntimeException | Error e) {
      // The recording misses an event.
    }
  }
}
