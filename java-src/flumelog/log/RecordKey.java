package flumelog.log;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The number by which a reading knows records: where they start, or where they end. Both grow from record to record. The key of a
 * log is the start, its offset. The end is the lowest offset that the next record can have, so the end of the last record says how far
 * a log has got, and is 0 for an empty one.
 */
// start-up: one class without those of constants with bodies.
public enum RecordKey {
  /** The offset of a record. */
  START,
  /** The lowest offset that the next record can have, see {@link Cursor#end}. */
  END;

  static final Option<String> OPTION = Option.oneOf(":key", ":start", ":start", ":end");

  /**
   * Reads a value of the option {@code :key}.
   *
   * @param key {@code :start} or {@code :end}, a keyword or its name; null is {@code :start}
   * @return the key
   * @throws flumelog.error.LogException {@code BAD_OPTION} for anything else
   */
  public static RecordKey named(@Nullable Object key) {
    return key == null || OPTION.check(key, ":key").equals(":start") ? START : END;
  }

  /**
   * Reads the option {@code :key} of a map that has no other.
   *
   * @param map its key is a keyword or its name, and so is its value, {@code :start} or {@code :end}; null is an empty one
   * @return the key; {@code START} if the map is empty
   * @throws flumelog.error.LogException {@code BAD_OPTION}
   */
  public static RecordKey of(@Nullable Map<?, ?> map) {
    return in(OptionMap.of(map, Option.known(OPTION)));
  }

  static RecordKey in(OptionMap options) {
    return options.get(OPTION).equals(":start") ? START : END;
  }

  /**
   * Returns the key of the current record of a cursor.
   *
   * @param cursor that has stepped over a record
   * @return its key; -1 if there is no current record
   */
  public long of(Cursor cursor) {
    return this == START ? cursor.offset() : cursor.end();
  }

  /**
   * Moves a cursor before the first record whose key is at or above a bound.
   *
   * @param cursor to move
   * @param bound any long
   * @return the cursor
   * @throws flumelog.error.LogException as {@link Cursor#seek}
   */
  public Cursor seek(Cursor cursor, long bound) {
    return this == START ? cursor.seek(bound) : cursor.seekEnd(bound);
  }

  /**
   * Steps a cursor back over the previous record, if its key is at or above a bound.
   *
   * @param cursor to move
   * @param lowest the bound: any long
   * @return false if no record that is present has a key at or above the bound
   * @throws flumelog.error.LogException as {@link Cursor#prev}
   */
  public boolean prevDownTo(Cursor cursor, long lowest) {
    return this == START ? cursor.prevDownTo(lowest) : cursor.prev() && cursor.end() >= lowest;
  }

  /**
   * Returns the key of the last record.
   *
   * @param since of a log
   * @return its key; if there is no record, -1 for the start, and 0 for the end
   */
  public long last(Since since) {
    return this == START ? since.get() : since.end();
  }

  /** The key of the last record of a closed log. */
  long lastSeen(Since since) {
    return this == START ? since.lastSeen() : since.end();
  }

  /**
   * The key of the record at an offset; the offset itself below 0. For a deleted record any number will do that lies between its start
   * and its end, since no reading gives the record.
   */
  long at(Log log, long offset) {
    if (this == START || offset < 0) return offset;
    Cursor cursor = log.cursorPastCache().seek(offset);
    try {
      return cursor.next() && cursor.offset() == offset ? cursor.end() : offset + 1;
    } finally {
      cursor.release();
    }
  }
}
