package flumelog.log;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What was cut off a damaged file. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class CutReport extends Facts {
  CutReport(Map<String, Object> facts) {
    super(facts);
  }

  /** {@return the end of the log now} */
  public long end() {
    return number("end");
  }

  /** {@return how many bytes were cut off} */
  public long cutBytes() {
    return number("cut-bytes");
  }

  /** {@return the file that has these bytes; empty if none were cut off} */
  public Optional<Path> kept() {
    return pathIfAny("kept");
  }
}
