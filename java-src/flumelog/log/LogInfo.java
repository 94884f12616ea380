package flumelog.log;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The facts of a log, as last seen. It is also a map of all facts by their names in Clojure. Later versions may have more facts.
 */
public final class LogInfo extends Facts {
  LogInfo(Map<String, Object> facts) {
    super(facts);
  }

  /**
   * Gives the facts of any log by methods.
   *
   * @param log any log
   * @return its facts, as {@link Log#info} has them
   */
  public static LogInfo of(Log log) {
    return log.info() instanceof LogInfo info ? info : new LogInfo(log.info());
  }

  /** {@return the place of the log, as {@link Log#path}} */
  public String path() {
    return text("path");
  }

  /** {@return the id of the log, as {@link Log#id}; empty while the log is empty, or has none} */
  public Optional<String> id() {
    return textIfAny("id");
  }

  /** {@return the offset of the last record, -1 if there is none} */
  public long since() {
    return number("since");
  }

  /**
   * {@return the offset of the last durable record, -1 if there is none; empty for a log that is opened for reading, which
   * does not know it}
   */
  public OptionalLong durable() {
    return isWritable() ? numberIfAny("durable") : OptionalLong.empty();
  }

  /** {@return the position behind the last record; empty if the log is not in a file} */
  public OptionalLong end() {
    return numberIfAny("end");
  }

  /** {@return the framing; empty if the log has none} */
  @Override
  public Optional<Format> format() {
    return super.format();
  }

  /** {@return the width of the trailers; empty if the log has none} */
  @Override
  public Optional<OffsetWidth> offsetWidth() {
    return super.offsetWidth();
  }

  /** {@return the name of the codec that its options have} */
  public String codec() {
    return text("codec");
  }

  /** {@return whether it is opened for writing} */
  public boolean isWritable() {
    return "read-write".equals(text("mode"));
  }

  /** {@return the largest number of bytes of data in a record} */
  public long maxRecordBytes() {
    return number("max-record-bytes");
  }

  /** {@return why the log takes no more writes, as a sentence; empty if it has not failed} */
  public Optional<String> failure() {
    return textIfAny("failed");
  }

  /** {@return whether it is closed} */
  public boolean isClosed() {
    return flag("closed");
  }
}
