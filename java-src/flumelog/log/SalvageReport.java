package flumelog.log;

import java.util.List;
import java.util.Map;

/**
 * What was copied of a damaged file. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class SalvageReport extends Facts {
  SalvageReport(Map<String, Object> facts) {
    super(facts);
  }

  /** The ranges in a list of pairs. */
  static List<ByteRange> ranges(Object pairs) {
    return ((List<?>) pairs).stream().map(pair -> new ByteRange((Long) ((List<?>) pair).get(0), (Long) ((List<?>) pair).get(1))).toList();
  }

  /** {@return how many frames were copied} */
  public long frames() {
    return number("frames");
  }

  /** {@return all ranges without a whole frame} */
  public List<ByteRange> skipped() {
    return ranges(get("skipped"));
  }

  /** {@return how many bytes these ranges have} */
  public long skippedBytes() {
    return number("skipped-bytes");
  }

  /** {@return the end of the new file} */
  public long end() {
    return number("end");
  }
}
