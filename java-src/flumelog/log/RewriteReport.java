package flumelog.log;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * What was written when a log was compacted or converted. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class RewriteReport extends Facts {
  RewriteReport(Map<String, Object> facts) {
    super(facts);
  }

  /** A report of a conversion, or of a compaction when {@code freed} is 0 or more. */
  static RewriteReport of(long frames, long deleted, long freed, long end) {
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("frames", frames);
    report.put("deleted", deleted);
    if (freed >= 0) report.put("freed-bytes", freed);
    report.put("end", end);
    return new RewriteReport(report);
  }

  /** {@return how many frames the new file has} */
  public long frames() {
    return number("frames");
  }

  /** {@return how many deleted records were left out} */
  public long deleted() {
    return number("deleted");
  }

  /** {@return how many bytes shorter the log is; empty after a conversion} */
  public OptionalLong freedBytes() {
    return numberIfAny("freed-bytes");
  }

  /** {@return the end of the new file} */
  public long end() {
    return number("end");
  }
}
