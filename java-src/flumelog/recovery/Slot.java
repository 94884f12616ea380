package flumelog.recovery;

import flumelog.file.ReadableFile;
import flumelog.file.Stamp;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Framing;
import flumelog.frame.LegacyFraming;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * One slot of a {@link CheckpointFile}, which shows its layout.
 *
 * @param id null in a slot of an earlier version
 * @param endOfFirst the end of the first frame of the log; 0 if there was none
 * @param deleted how many frames below the mark are deleted; -1 if that is not known
 */
record Slot(long sequence, Mark mark, LogId id, int crcOfLast, long endOfFirst, int crcOfFirst, Stamp stamp, int tableBytes,
    int tableCrc, long deleted) {
  static final int BYTES = 14 * 8 + 7 * 4;
  /** With the number of deleted frames, which follows. Earlier versions neither read nor write it. */
  static final int BYTES_WITH_COUNT = BYTES + 2 * 8 + 4;
  static final long UNKNOWN = -1;

  private static final long MAGIC = 0x666c756d656c6f34L; // "flumelo4"
  private static final int SEQUENCE_AT = 8;
  private static final int DIRTY = 1;
  private static final int FAILED = 2;
  private static final int ROOM = 4;
  private static final int MOUNT = 8;

  /** Slots of earlier versions have no id and no anchors. They have the inode number of the log's file instead. */
  private static final long EARLIER_MAGIC = 0x666c756d656c6f33L; // "flumelo3"
  private static final int EARLIER_BYTES = 7 * 8 + 5 * 4;
  private static final int EARLIER_INODE_AT = 40;

  /** The slot of a log that is on disk up to the mark. {@code content} is its file, which ends there. */
  static Slot describing(LogId id, Mark mark, ReadableFile content) throws IOException {
    Anchor first = Anchor.ofFirst(mark.framing(), content, mark.end());
    Anchor last = Anchor.of(mark.framing(), content, mark.last(), mark.end());
    return new Slot(1, mark, id, last.crc(), first.end(), first.crc(), Stamp.NONE, 0, 0, UNKNOWN);
  }

  /** The sequence of the slot in the bytes; 0 if they are not a slot, or not a whole one. */
  static long sequenceOf(ByteBuffer slot) {
    long magic = slot.getLong(0);
    if (magic != MAGIC && magic != EARLIER_MAGIC) return 0;
    int bytes = magic == MAGIC ? BYTES : EARLIER_BYTES;
    return slot.getInt(bytes - 4) == crc(slot.duplicate().limit(bytes - 4)) ? slot.getLong(SEQUENCE_AT) : 0;
  }

  /** Whether the bytes are a whole slot, and not one of an earlier version, which has no id. */
  static boolean hasId(ByteBuffer slot) {
    return slot.getLong(0) == MAGIC && sequenceOf(slot) != 0;
  }

  /** The slot in the bytes, which must be a whole slot. */
  static Slot of(ByteBuffer slot) {
    boolean isEarlier = slot.getLong(0) == EARLIER_MAGIC;
    ByteBuffer in = slot.position(SEQUENCE_AT);
    return isEarlier ? readEarlier(in) : read(in);
  }

  ByteBuffer toBytes() {
    ByteBuffer out = ByteBuffer.allocate(BYTES);
    out.putLong(MAGIC).putLong(sequence).putLong(mark.end()).putLong(mark.last()).putLong(mark.frames())
        .putLong(mark.boot()).putLong(id.high()).putLong(id.low()).putLong(endOfFirst).putLong(stamp.inode())
        .putLong(stamp.size()).putLong(stamp.modified()).putLong(stamp.changed()).putLong(stamp.taken())
        .putInt(mark.framing() instanceof FlumeFraming flume ? flume.bits() : 0).putInt(flagsOf(mark))
        .putInt(crcOfLast).putInt(crcOfFirst).putInt(tableBytes).putInt(tableCrc);
    out.putInt(crc(out.duplicate().flip()));
    return out.flip();
  }

  ByteBuffer toBytesWithCount() {
    ByteBuffer out = ByteBuffer.allocate(BYTES_WITH_COUNT).put(toBytes());
    ByteBuffer count = out.slice();
    out.putLong(sequence).putLong(deleted).putInt(crc(count.limit(2 * 8)));
    return out.flip();
  }

  /** The number of deleted frames behind a slot; unknown if it is of another slot, or not whole. */
  private static long deletedIn(ByteBuffer slot, long sequence) {
    if (slot.capacity() < BYTES_WITH_COUNT || slot.getLong(BYTES) != sequence) return UNKNOWN;
    return slot.getInt(BYTES + 2 * 8) == crc(slot.duplicate().limit(BYTES + 2 * 8).position(BYTES)) ? slot.getLong(BYTES + 8) : UNKNOWN;
  }

  /** The anchor of the frame that ends at the mark; null if there is none. */
  Anchor last() {
    return mark.end() == 0 ? null : new Anchor(mark.last(), mark.end(), crcOfLast);
  }

  /** The anchor of the first frame of the log; null if there is none. */
  Anchor first() {
    return endOfFirst == 0 ? null : new Anchor(0, endOfFirst, crcOfFirst);
  }

  /** Whether the slot has the anchor of the frame that ends at the other mark. */
  boolean endsWith(Mark other) {
    return mark.end() == other.end() && mark.last() == other.last();
  }

  static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }

  private static Slot read(ByteBuffer in) {
    long sequence = in.getLong();
    long end = in.getLong();
    long last = in.getLong();
    long frames = in.getLong();
    long boot = in.getLong();
    LogId id = new LogId(in.getLong(), in.getLong());
    long endOfFirst = in.getLong();
    Stamp stamp = new Stamp(in.getLong(), in.getLong(), in.getLong(), in.getLong(), in.getLong());
    Mark mark = markOf(in.getInt(), end, last, frames, in.getInt(), boot);
    int crcOfLast = in.getInt();
    return new Slot(sequence, mark, id, crcOfLast, endOfFirst, in.getInt(), stamp, in.getInt(), in.getInt(),
        deletedIn(in, sequence));
  }

  /** Reads a slot of an earlier version. Its landmarks are not used, because nothing ties them to a log. */
  private static Slot readEarlier(ByteBuffer in) {
    long sequence = in.getLong();
    long end = in.getLong();
    long last = in.getLong();
    long frames = in.getLong();
    Stamp stamp = new Stamp(in.position(EARLIER_INODE_AT).getLong(), 0, 0, 0, 0);
    long boot = in.getLong();
    return new Slot(sequence, markOf(in.getInt(), end, last, frames, in.getInt(), boot), null, 0, 0, 0, stamp, 0, 0, UNKNOWN);
  }

  private static Mark markOf(int bits, long end, long last, long frames, int flags, long boot) {
    Framing framing = FlumeFraming.hasWidth(bits) ? new FlumeFraming(bits) : new LegacyFraming();
    long known = (flags & MOUNT) == 0 ? boot & -1L << Integer.SIZE : boot;
    return new Mark(framing, end, last, frames, (flags & DIRTY) != 0, (flags & FAILED) != 0, (flags & ROOM) != 0, known, true);
  }

  private static int flagsOf(Mark mark) {
    return MOUNT | (mark.dirty() ? DIRTY : 0) | (mark.failed() ? FAILED : 0) | (mark.room() ? ROOM : 0);
  }
}
