package flumelog.recovery;

import flumelog.protect.Protected;

/**
 * What inspecting a protected file has found besides the facts of every file.
 *
 * @param by the protection; null if the file has only a part of its head, since its creation was interrupted
 * @param lastRecord the offset of the last record; -1 if there is none. Frames of the log's own may follow it
 * @param noted the offsets of records whose deletion may not be finished
 * @param why what kind of damage there is, as {@code ":checksum"}; null if there is none
 */
public record Proved(Protected by, long lastRecord, long[] noted, String why) {
  static final String CHECKSUM = ":checksum";
  static final String UNNOTED = ":unnoted";
  static final String HEAD = ":head";
  static final String ROOT = ":root";
  static final String SIGNATURE = ":signature";
  static final String ROLLED_BACK = ":rolled-back";

  static final Proved TORN_HEAD = new Proved(null, -1, new long[0], null);
  static final Proved DAMAGED_HEAD = new Proved(null, -1, new long[0], HEAD);
}
