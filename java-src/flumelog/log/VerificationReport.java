package flumelog.log;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What reading all of a file found. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class VerificationReport extends Facts {
  VerificationReport(Map<String, Object> facts) {
    super(facts);
  }

  /** {@return whether the file consists of whole frames whose data can be decoded} */
  public boolean isOk() {
    return flag("ok");
  }

  /** {@return how many whole frames it has} */
  public long frames() {
    return number("frames");
  }

  /** {@return how many of them are deleted records} */
  public long deleted() {
    return number("deleted");
  }

  /** {@return the offset of the last record, -1 if there is none} */
  public long since() {
    return number("since");
  }

  /** {@return the size of the file in bytes} */
  public long fileSize() {
    return number("size");
  }

  /** {@return the framing} */
  @Override
  public Optional<Format> format() {
    return super.format();
  }

  /** {@return the width of the trailers; empty if the framing has none} */
  @Override
  public Optional<OffsetWidth> offsetWidth() {
    return super.offsetWidth();
  }

  /** {@return ranges without a whole frame, at most 100} */
  public List<ByteRange> skipped() {
    return SalvageReport.ranges(get("skipped"));
  }

  /** {@return how many bytes all such ranges have} */
  public long skippedBytes() {
    return number("skipped-bytes");
  }

  /** {@return offsets of records that can't be decoded, at most 100} */
  public List<Long> undecodable() {
    return ((List<?>) get("undecodable")).stream().map(Long.class::cast).toList();
  }

  /** {@return how many records can't be decoded} */
  public long undecodableCount() {
    return number("undecodable-count");
  }

  /**
   * {@return what is not proved in a protected log, at most 100: where, and the kind of damage, as {@code :checksum}; empty for a log
   * without protection}
   */
  public Map<Long, String> damaged() {
    Map<Long, String> damaged = new LinkedHashMap<>();
    for (Object pair : listIfAny("damaged")) damaged.put((Long) ((List<?>) pair).get(0), (String) ((List<?>) pair).get(1));
    return damaged;
  }

  /** {@return offsets of zeros in a protected log of which no note says that they are a deleted record, at most 100} */
  public List<Long> unnoted() {
    return listIfAny("unnoted").stream().map(Long.class::cast).toList();
  }

  /** {@return how many seals a sealed log has} */
  public long seals() {
    return number("seals");
  }

  /** {@return up to where all is as it was sealed; 0 if nothing is} */
  public long sealedEnd() {
    return number("sealed-end");
  }

  /** {@return the public key, 64 hexadecimal digits, that has signed all seals; empty if there is none} */
  public Optional<String> signedBy() {
    return textIfAny("signed-by");
  }

  /** {@return whether the log goes on from the head that was kept; empty if none was given} */
  public Optional<Boolean> isHeadOk() {
    return Optional.ofNullable((Boolean) get("head-ok"));
  }

  private List<?> listIfAny(String name) {
    return get(name) instanceof List<?> list ? list : List.of();
  }

  /** {@return the codec of which the first record that can't be decoded seems to be; empty if it seems to be of none} */
  public Optional<String> looksLike() {
    return textIfAny("looks-like");
  }

  /** {@return how many zeros behind the last frame are the room of a writer, which is no damage} */
  public long roomBytes() {
    return number("room-bytes");
  }
}
