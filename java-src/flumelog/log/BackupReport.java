package flumelog.log;

import java.util.Map;
import java.util.Optional;

/**
 * What a backup holds. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class BackupReport extends Facts {
  BackupReport(Map<String, Object> facts) {
    super(facts);
  }

  /** {@return the end of the backup} */
  public long end() {
    return number("end");
  }

  /** {@return the offset of its last record, -1 if there is none} */
  public long since() {
    return number("since");
  }

  /** {@return how many frames it has; those of a protected log's own, its heads, notes and seals, count too} */
  public long frames() {
    return number("frames");
  }

  /** {@return how many bytes were copied by this call} */
  public long copiedBytes() {
    return number("copied-bytes");
  }

  /** {@return the id of the log; empty if the log is empty} */
  public Optional<String> id() {
    return textIfAny("id");
  }
}
