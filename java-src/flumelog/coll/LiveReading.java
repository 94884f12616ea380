package flumelog.coll;

import flumelog.error.LogException;
import flumelog.log.LiveCursor;

/** One pass over the present and future records of a log. Only one thread may use it at a time. */
final class LiveReading {
  private final LiveCursor cursor;
  private final boolean byEnd;
  private final Projection projection;
  private final RecordCodec recordCodec;
  private Object item = RecordCodec.NONE;

  LiveReading(LiveCursor cursor, boolean byEnd, Projection projection, RecordCodec recordCodec) {
    this.cursor = cursor;
    this.byEnd = byEnd;
    this.projection = projection;
    this.recordCodec = recordCodec;
  }

  /**
   * Moves to the next item. Waits for its record, at most {@code timeoutMillis}.
   *
   * @return false if no record came in that time, or at the end
   */
  boolean move(long timeoutMillis) throws InterruptedException {
    item = RecordCodec.NONE;
    while (item == RecordCodec.NONE && cursor.next(timeoutMillis)) {
      item = projection.item(byEnd ? cursor.end() : cursor.offset(), projection.readsData() ? value() : null);
    }
    return item != RecordCodec.NONE;
  }

  /** Whether no more items will come. */
  boolean isAtEnd() {
    return cursor.isAtEnd();
  }

  /** The item that the projection makes of the current record. */
  Object item() {
    return item;
  }

  private Object value() {
    byte[] data;
    try {
      data = cursor.data();
    } catch (LogException e) {
      return recordCodec.insteadOf(e);
    }
    return recordCodec.value(cursor.offset(), data);
  }
}
