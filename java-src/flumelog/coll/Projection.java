package flumelog.coll;

import clojure.lang.MapEntry;
import java.util.Locale;

/** The part of a record that a caller gets as an item. */
public enum Projection {
  VALUES {
    @Override
    Object item(long offset, Object value) {
      return value;
    }
  },
  ENTRIES {
    @Override
    Object item(long offset, Object value) {
      return value == RecordCodec.NONE ? value : MapEntry.create(offset, value);
    }
  },
  OFFSETS {
    @Override
    Object item(long offset, Object value) {
      return offset;
    }

    @Override
    boolean readsData() {
      return false;
    }
  };

  /**
   * The item; {@link RecordCodec#NONE} if the record is left out.
   *
   * @param value of the record, or {@link RecordCodec#NONE}; ignored if this projection does not read data
   */
  abstract Object item(long offset, Object value);

  boolean readsData() {
    return true;
  }

  /** The name under which a view with this projection is printed. */
  String described() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }
}
