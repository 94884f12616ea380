package flumelog.linear;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What a log is to each of its callers: a list that grows, until it is closed. */
public class SequentialLog {
  /** What a record of one byte takes: two lengths, the byte and the trailer. */
  static final long RECORD_BYTES = 4 + 1 + 4 + 8;
  static final String CLOSED = "CLOSED";

  private final List<Integer> records = new ArrayList<>();
  private int followed;
  private boolean closed;

  public String append(int value) {
    return appendBatch(value);
  }

  public String appendTwo(int first, int second) {
    return appendBatch(first, second);
  }

  public String appendAsync(int value) {
    return appendBatch(value);
  }

  public String get(int index) {
    if (closed) return CLOSED;
    return index < records.size() ? records.get(index).toString() : "null";
  }

  public String all() {
    return closed ? CLOSED : records.toString();
  }

  public String since() {
    return Long.toString(records.isEmpty() ? -1 : (records.size() - 1) * RECORD_BYTES);
  }

  public String follow() {
    if (followed == records.size()) return "nothing new";
    if (closed) return CLOSED;
    return records.get(followed++).toString();
  }

  public void close() {
    closed = true;
  }

  private String appendBatch(int... values) {
    if (closed) return CLOSED;
    List<Long> offsets = new ArrayList<>();
    for (int value : values) {
      offsets.add(records.size() * RECORD_BYTES);
      records.add(value);
    }
    return offsets.toString();
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof SequentialLog other && records.equals(other.records) && followed == other.followed && closed == other.closed;
  }

  @Override
  public int hashCode() {
    return Objects.hash(records, followed, closed);
  }
}
