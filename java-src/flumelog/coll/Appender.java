package flumelog.coll;

import flumelog.log.Description;
import java.util.ArrayList;
import java.util.List;

/** Encodes values, and appends them in batches. Only one thread may use it at a time. */
public final class Appender {
  private static final int MAX_RECORDS = 1 << 10;
  private static final int MAX_BYTES = 1 << 19;

  private final LogCollection log;
  private final List<byte[]> batch = new ArrayList<>();
  private long bytes;
  private long last = -1;

  public Appender(LogCollection log) {
    this.log = log;
  }

  /** The path of the log. */
  public String path() {
    return log.log().path();
  }

  /** The number of values that are encoded and not yet appended. */
  public int waiting() {
    return batch.size();
  }

  /** Encodes the value; it is appended with the next batch. Returns this. */
  public Appender add(Object value) {
    byte[] data = log.encode(value);
    batch.add(data);
    bytes += data.length;
    if (batch.size() >= MAX_RECORDS || bytes >= MAX_BYTES) flush();
    return this;
  }

  /**
   * Appends the last batch. Returns the offset of the last value, or of the log's last record if no value was added.
   */
  public long finish() {
    flush();
    return last < 0 ? log.log().since().get() : last;
  }

  private void flush() {
    long[] offsets = log.log().appendAll(batch);
    if (offsets.length > 0) last = offsets[offsets.length - 1];
    batch.clear();
    bytes = 0;
  }

  @Override
  public String toString() {
    return Description.of("Appender", path(), ":waiting " + waiting());
  }
}
