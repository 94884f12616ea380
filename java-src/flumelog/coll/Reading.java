package flumelog.coll;

import flumelog.log.Cursor;
import flumelog.log.Range;
import flumelog.log.RecordKey;

/** One pass over the records of a range. Only one thread may use it at a time. */
final class Reading {
  private final Cursor cursor;
  private final Range range;
  private final RecordKey key;
  private final Projection projection;
  private final CursorValues values;

  /** @param cursor that is used by this reading only */
  Reading(Cursor cursor, Range range, Projection projection, RecordCodec recordCodec) {
    this.range = range;
    this.projection = projection;
    this.key = range.key();
    this.cursor = key.seek(cursor, range.reverse() ? range.high() : range.low());
    this.values = new CursorValues(cursor, recordCodec);
  }

  /** Moves to the next record of the range. Returns false at its end. */
  boolean move() {
    return range.reverse() ? cursor.prev() && key.of(cursor) >= range.low()
        : cursor.next() && key.of(cursor) < range.high();
  }

  /** Ends the pass: gives back the memory into which the cursor reads ahead. */
  void release() {
    cursor.release();
  }

  long offset() {
    return cursor.offset();
  }

  /** The number with which the range compares its bounds, and which is the key of an entry. */
  long key() {
    return key.of(cursor);
  }

  /** The item that the projection makes of the current record; {@link RecordCodec#NONE} if there is none. */
  Object item() {
    return projection.item(key(), projection.readsData() ? values.value() : null);
  }
}
