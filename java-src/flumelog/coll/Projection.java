package flumelog.coll;

import clojure.lang.MapEntry;
import java.util.Locale;

/** What of a record is given to the reader. */
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
      return value == Decoder.NONE ? value : MapEntry.create(offset, value);
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
   * The item, or {@link Decoder#NONE} when the record is to be left out.
   *
   * @param value of the record, or that there is none to give; not looked at where no data is read
   */
  abstract Object item(long offset, Object value);

  boolean readsData() {
    return true;
  }

  /** Its name as it is printed. */
  String described() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }
}
