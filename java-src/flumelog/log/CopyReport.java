package flumelog.log;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The report of a copy to a new log. It is also a map of all facts by their names in Clojure. Later versions may have more facts. */
public final class CopyReport extends Facts {
  private final @Nullable OffsetMap offsets;

  CopyReport(Map<String, Object> facts, @Nullable OffsetMap offsets) {
    super(facts);
    this.offsets = offsets;
  }

  /** {@return how many records the new log has} */
  public long frames() {
    return number("frames");
  }

  /** {@return the end of the new log} */
  public long end() {
    return number("end");
  }

  /** {@return the head of the new log; null if it is not sealed} */
  public @Nullable LogHead head() {
    return (LogHead) get("head");
  }

  /** {@return the new offsets of the records by their old ones; null if no map was asked for} */
  public @Nullable OffsetMap offsets() {
    return offsets;
  }
}
