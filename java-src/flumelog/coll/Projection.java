package flumelog.coll;

import clojure.lang.MapEntry;
import flumelog.error.OptionFailures;
import java.util.Locale;

/** The part of a record that a caller gets as an item. */
public enum Projection {
  VALUES {
    @Override
    Object item(long key, Object value) {
      return value;
    }
  },
  ENTRIES {
    @Override
    Object item(long key, Object value) {
      return value == RecordCodec.NONE ? value : MapEntry.create(key, value);
    }
  },
  OFFSETS {
    @Override
    Object item(long key, Object value) {
      return key;
    }

    @Override
    boolean readsData() {
      return false;
    }
  };

  /** The projection for a value of the option {@code :as}, a keyword or its name; entries for null. */
  public static Projection of(Object as) {
    if (as == null) return ENTRIES;
    String name = as.toString();
    return switch (name.startsWith(":") ? name.substring(1) : name) {
      case "entries" -> ENTRIES;
      case "values" -> VALUES;
      case "offsets" -> OFFSETS;
      default -> throw OptionFailures.badOption(":as", as, ":entries, :values or :offsets");
    };
  }

  /**
   * The item; {@link RecordCodec#NONE} if the record is left out.
   *
   * @param key the offset of the record, or its end where the reader asked for that
   * @param value of the record, or {@link RecordCodec#NONE}; ignored if this projection does not read data
   */
  abstract Object item(long key, Object value);

  boolean readsData() {
    return true;
  }

  /** The name under which a view with this projection is printed. */
  String described() {
    return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT);
  }
}
