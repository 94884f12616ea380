package flumelog.coll;

import clojure.lang.MapEntry;
import flumelog.log.Cursor;
import flumelog.log.Description;

/** A cursor that gives entries. For one thread at a time. */
public final class LogCursor {
  private final Cursor cursor;
  private final Decoder decoder;
  private final CursorValues values;

  LogCursor(Cursor cursor, Decoder decoder) {
    this.cursor = cursor;
    this.decoder = decoder;
    this.values = new CursorValues(cursor, decoder);
  }

  /** The path of the log. */
  public String path() {
    return decoder.path();
  }

  /** Offset of the record that was stepped over last; -1 where there is none. */
  public long offset() {
    return cursor.offset();
  }

  /** Steps over the next live record and returns its entry, or null at the end. */
  public MapEntry next() {
    while (cursor.next()) {
      MapEntry entry = entry();
      if (entry != null) return entry;
    }
    return null;
  }

  /** Steps back over the live record before and returns its entry, or null at the start. */
  public MapEntry prev() {
    while (cursor.prev()) {
      MapEntry entry = entry();
      if (entry != null) return entry;
    }
    return null;
  }

  /** Goes to the place before the first record that starts at or above the position; returns this. */
  public LogCursor seek(long position) {
    cursor.seek(position);
    return this;
  }

  /** The entry of the current record, or null when it has just been deleted. */
  private MapEntry entry() {
    Object value = values.value();
    return value == Decoder.NONE ? null : MapEntry.create(cursor.offset(), value);
  }

  @Override
  public String toString() {
    return Description.of("Cursor", path(), ":offset " + offset());
  }
}
