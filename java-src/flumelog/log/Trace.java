package flumelog.log;

import java.util.List;
import java.util.zip.CRC32C;

/**
 * The part of a {@link Position} that identifies one record.
 *
 * @param length bytes of its data
 * @param crc CRC-32C of the first {@link #HEAD_BYTES} bytes of its data, or of all of shorter data
 * @param deleted whether all its data is zero; not part of a stored position, but read when positions are compared
 */
public record Trace(long length, int crc, boolean deleted) {
  /** The largest number of bytes of a record's data that the checksum covers. */
  public static final int HEAD_BYTES = 1 << 12;

  /**
   * Makes the trace of a record that was read.
   *
   * @param length bytes of its data
   * @param head the first {@link #HEAD_BYTES} bytes of its data, or all of a shorter record
   * @param deleted whether all its data is zero
   * @return the trace
   */
  public static Trace of(long length, byte[] head, boolean deleted) {
    CRC32C crc = new CRC32C();
    crc.update(head);
    return new Trace(length, (int) crc.getValue(), deleted);
  }

  /** Whether this record, as it is now, is the record of that trace, perhaps deleted since. */
  boolean is(Trace then) {
    return length == then.length && (deleted || crc == then.crc);
  }

  /** Whether these records, as they are now, are the records of those traces, perhaps deleted since. */
  static boolean are(List<Trace> now, List<Trace> then) {
    if (then.size() != now.size()) return false;
    for (int i = 0; i < now.size(); i++) {
      if (!now.get(i).is(then.get(i))) return false;
    }
    return true;
  }

  /** Whether two files have the same records. Each record may be deleted in either file. */
  static boolean agree(List<Trace> here, List<Trace> there) {
    if (here.size() != there.size()) return false;
    for (int i = 0; i < here.size(); i++) {
      if (!here.get(i).is(there.get(i)) && !there.get(i).is(here.get(i))) return false;
    }
    return true;
  }

  @Override
  public String toString() {
    return length + ":" + Integer.toHexString(crc);
  }

  /** Reads the text of {@link #toString}; null if it is not such a text. */
  static Trace parse(String text) {
    int colon = text.indexOf(':');
    if (colon < 0) return null;
    try {
      return new Trace(Long.parseLong(text.substring(0, colon)),
          Integer.parseUnsignedInt(text.substring(colon + 1), 16), false);
    } catch (NumberFormatException e) {
      return null;
    }
  }
}
