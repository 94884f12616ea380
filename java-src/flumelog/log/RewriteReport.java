package flumelog.log;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
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

  /** The same report with the last head of the log and the head of the new one, as far as they are sealed. */
  RewriteReport withHeads(LogHead from, LogHead to) {
    Map<String, Object> report = new LinkedHashMap<>(asMap());
    if (from != null) report.put("from", from);
    if (to != null) report.put("head", to);
    return new RewriteReport(report);
  }

  /** {@return the last head of the log that was read; empty if it is not sealed, or has no seal that can be told} */
  public Optional<LogHead> from() {
    return Optional.ofNullable((LogHead) get("from"));
  }

  /** {@return the head of the new file; empty if it is not sealed} */
  public Optional<LogHead> head() {
    return Optional.ofNullable((LogHead) get("head"));
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
