package flumelog.coll;

import flumelog.log.Cursor;
import flumelog.log.Range;

/** One pass over the records of a range. For one thread at a time. */
final class Reading {
  private final Cursor cursor;
  private final Range range;
  private final Projection projection;
  private final CursorValues values;

  /** @param cursor that nobody else steps */
  Reading(Cursor cursor, Range range, Projection projection, Decoder decoder) {
    this.range = range;
    this.projection = projection;
    this.cursor = cursor.seek(range.reverse() ? range.high() : range.low());
    this.values = new CursorValues(cursor, decoder);
  }

  /** Goes on to the next record of the range; false at its end. */
  boolean move() {
    return range.reverse() ? cursor.prev() && cursor.offset() >= range.low()
        : cursor.next() && cursor.offset() < range.high();
  }

  /** No more is read. */
  void release() {
    cursor.release();
  }

  long offset() {
    return cursor.offset();
  }

  /** What the reader is given of the record, or {@link Decoder#NONE}. */
  Object item() {
    return projection.item(cursor.offset(), projection.readsData() ? values.value() : null);
  }
}
