package flumelog.log;

import flumelog.error.UseFailures;
import java.util.Spliterator;
import java.util.function.Consumer;

/**
 * The records of a range, up to the last record at the time when it was made. It can be split at any number, since a
 * bound need not be the offset of a record: each record is on one side of the bound.
 */
final class LogSpliterator implements Spliterator<Entry> {
  private final Log log;
  private final RecordKey key;
  private final boolean reverse;
  private long low;
  private long high;
  /** Stands behind the last record that was given; null before the first one. */
  private Cursor cursor;
  /** Whether other spliterators read other parts, whose blocks would together replace all other blocks in the cache. */
  private boolean isPart;

  LogSpliterator(Log log, Range range) {
    this(log, range.key(), range.reverse(), Math.max(0, range.low()), Math.min(range.high(), range.key().last(log.since()) + 1));
    if (log.isClosed()) throw UseFailures.closed(log.path());
  }

  private LogSpliterator(Log log, RecordKey key, boolean reverse, long low, long high) {
    this.log = log;
    this.key = key;
    this.reverse = reverse;
    this.low = low;
    this.high = high;
  }

  @Override
  public boolean tryAdvance(Consumer<? super Entry> action) {
    Entry entry = read();
    if (entry == null) return false;
    action.accept(entry);
    return true;
  }

  /** Splits off the first half, if the rest is large enough for two parts. */
  @Override
  public Spliterator<Entry> trySplit() {
    beginAtOldest();
    if (high - low < 2 * log.spacing().part()) return null;
    long middle = low + (high - low) / 2;
    LogSpliterator first = reverse ? new LogSpliterator(log, key, true, middle, high)
        : new LogSpliterator(log, key, false, low, middle);
    if (reverse) high = middle;
    else low = middle;
    cursor = null;
    isPart = true;
    first.isPart = true;
    return first;
  }

  /** The largest possible number of records, by the offsets. The real number is known only after reading. */
  @Override
  public long estimateSize() {
    beginAtOldest();
    return Math.max(0, high - low) / log.spacing().least() + 1;
  }

  /** Raises the lower bound to the oldest record. Otherwise most parts could lie below that record, and be empty. */
  private void beginAtOldest() {
    if (!isPart) low = Math.min(high, Math.max(low, log.oldest()));
  }

  /** Concurrent, because a record may be deleted meanwhile. */
  @Override
  public int characteristics() {
    return ORDERED | DISTINCT | NONNULL | CONCURRENT;
  }

  /** The next record that is still present, or null at the end. */
  private Entry read() {
    if (cursor == null) cursor = key.seek(isPart ? log.cursorPastCache() : log.cursor(), reverse ? high : low);
    while (reverse ? cursor.prev() && key.of(cursor) >= low : cursor.next() && key.of(cursor) < high) {
      if (reverse) high = key.of(cursor);
      else low = key.of(cursor) + 1;
      byte[] data = cursor.data();
      if (data != null) return new Entry(cursor.offset(), data, cursor.end());
    }
    low = high;
    return null;
  }
}
