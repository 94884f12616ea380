package flumelog.coll;

import clojure.lang.MapEntry;
import flumelog.log.Cursor;
import flumelog.log.Description;

/** A cursor that gives entries. Only one thread may use it at a time. */
public final class LogCursor {
  private final Cursor cursor;
  private final RecordCodec recordCodec;
  private final CursorValues values;

  LogCursor(Cursor cursor, RecordCodec recordCodec) {
    this.cursor = cursor;
    this.recordCodec = recordCodec;
    this.values = new CursorValues(cursor, recordCodec);
  }

  /** The path of the log. */
  public String path() {
    return recordCodec.path();
  }

  /** The offset of the current record, over which the cursor stepped last; -1 if there is none. */
  public long offset() {
    return cursor.offset();
  }

  /** Steps over the next record that is not deleted. Returns its entry, or null at the end. */
  public MapEntry next() {
    while (cursor.next()) {
      MapEntry entry = entry();
      if (entry != null) return entry;
    }
    return null;
  }

  /** Steps back over the previous record that is not deleted. Returns its entry, or null at the start. */
  public MapEntry prev() {
    while (cursor.prev()) {
      MapEntry entry = entry();
      if (entry != null) return entry;
    }
    return null;
  }

  /** Moves before the first record that starts at or above the position. Returns this. */
  public LogCursor seek(long position) {
    cursor.seek(position);
    return this;
  }

  /** The entry of the current record; null if it was deleted after the step. */
  private MapEntry entry() {
    Object value = values.value();
    return value == RecordCodec.NONE ? null : MapEntry.create(cursor.offset(), value);
  }

  @Override
  public String toString() {
    return Description.of("Cursor", path(), ":offset " + offset());
  }
}
