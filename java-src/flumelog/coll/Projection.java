package flumelog.coll;

import clojure.lang.MapEntry;

/** What of a record is given to the reader. */
public enum Projection {
  VALUES {
    @Override
    Object item(long offset, byte[] data, Decoder decoder) {
      return decoder.value(offset, data);
    }
  },
  ENTRIES {
    @Override
    Object item(long offset, byte[] data, Decoder decoder) {
      Object value = decoder.value(offset, data);
      return value == Decoder.NONE ? value : MapEntry.create(offset, value);
    }
  },
  OFFSETS {
    @Override
    Object item(long offset, byte[] data, Decoder decoder) {
      return offset;
    }

    @Override
    boolean readsData() {
      return false;
    }
  };

  /** The item, or {@link Decoder#NONE} when the record is to be left out. */
  abstract Object item(long offset, byte[] data, Decoder decoder);

  boolean readsData() {
    return true;
  }
}
