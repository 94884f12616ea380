package flumelog.frame;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A small file beside the log that remembers a {@link Mark}. It may be deleted at any time: the log is then scanned.
 *
 * <pre>
 *   file  := slots at 0, 512, 1024, 1536, table at 2048
 *   slot  := magic sequence end last frames identity boot : int64 each
 *            width (0 for legacy) flags bytesOfTable crcOfTable crc : int32 each    crc: CRC-32C of what is before it
 *   flags := 1 dirty, 2 failed, 4 room: as in {@link Mark}; 8: the lower half of boot is of the mount
 *   table := shift: int32, cells: uint16 each    for each 2^shift bytes of the log, from its start: the distance of the
 *            first landmark in them, plus 1; 0 when there is none
 * </pre>
 *
 * The slot with the highest sequence counts. A mark is written after the log was forced and as a rule not forced
 * itself: whatever survives is a sound lower bound. Such marks go to the last two slots in turn, forced ones to the
 * first two, so that one forced mark is whole whatever a crash does to all that was not forced.
 */
public final class Checkpoint implements Closeable {
  private static final long MAGIC = 0x666c756d656c6f33L; // "flumelo3"
  private static final int SLOT_BYTES = 7 * 8 + 5 * 4;
  private static final int SEQUENCE_AT = 8;
  private static final int IDENTITY_AT = 40;
  private static final int SLOT_SPACING = 512;
  private static final int SLOTS = 4;
  private static final int TABLE_START = SLOTS * SLOT_SPACING;
  private static final int DIRTY = 1;
  private static final int FAILED = 2;
  private static final int ROOM = 4;
  private static final int MOUNT = 8;

  private record Table(int bytes, int crc) {
    static final Table NONE = new Table(0, 0);
  }

  private record Slot(long sequence, Mark mark, Table table) {}

  private final LogFile file;
  private final long identity;
  private Slot newest;
  /** The slots to write next: of the forced ones, and of the others. */
  private int nextForced;
  private int nextOther = 2;
  /** The table in the file; each new slot names it, until the next one replaces it. */
  private Table table;

  private Checkpoint(LogFile file, long identity) {
    this.file = file;
    this.identity = identity;
  }

  /** @param identity of the log that it belongs to; a mark of another log is ignored */
  public static Checkpoint openForWriting(LogFolder folder, String name, long identity) throws IOException {
    return of(folder.openForWriting(name), identity);
  }

  /** The same where there is one; otherwise null. */
  public static Checkpoint openExisting(LogFolder folder, String name, long identity) throws IOException {
    return folder.exists(name) ? openForWriting(folder, name, identity) : null;
  }

  /** The checkpoint for reading, or null when there is none. */
  public static Checkpoint openForReading(LogFolder folder, String name, long identity) throws IOException {
    return folder.exists(name) ? of(folder.openForReading(name), identity) : null;
  }

  private static Checkpoint of(LogFile file, long identity) throws IOException {
    Checkpoint checkpoint = new Checkpoint(file, identity);
    try {
      checkpoint.read();
    } catch (IOException e) {
      file.close();
      throw e;
    }
    return checkpoint;
  }

  /**
   * Reads it, again where another one may have written it meanwhile. Of the slots only the newest is taken apart, which is
   * what a new process takes long for.
   */
  public synchronized void read() throws IOException {
    ByteBuffer slots = ByteBuffer.allocate(TABLE_START);
    file.readAt(0, slots);
    long[] sequences = new long[SLOTS];
    int last = 0;
    for (int i = 0; i < SLOTS; i++) {
      sequences[i] = sequenceOf(slot(slots, i));
      if (sequences[i] > sequences[last]) last = i;
    }
    newest = sequences[last] == 0 ? null : read(slot(slots, last));
    nextForced = sequences[0] <= sequences[1] ? 0 : 1;
    nextOther = sequences[2] <= sequences[3] ? 2 : 3;
    table = newest == null ? Table.NONE : newest.table;
  }

  /** The newest mark, or null when there is none for this log. */
  public synchronized Mark mark() {
    return newest == null ? null : newest.mark;
  }

  public synchronized void write(Mark mark) throws IOException {
    writeSlot(nextOther, mark);
    nextOther ^= 1;
  }

  /** Writes a mark and makes it durable. */
  public synchronized void writeDurably(Mark mark) throws IOException {
    writeSlot(nextForced, mark);
    nextForced ^= 1;
    if (file.size() < TABLE_START) file.overwrite(TABLE_START - 1, ByteBuffer.allocate(1));
    file.force();
  }

  /** Writes the mark of a log that is being closed, together with the landmarks below it. */
  public synchronized void write(Mark mark, Landmarks landmarks) throws IOException {
    ByteBuffer cells = landmarks.cells().toBytes();
    // No slot names the old table when that is overwritten.
    forgetLandmarks();
    write(mark);
    Table replaced = new Table(cells.limit(), crc(cells.duplicate()));
    file.overwrite(TABLE_START, cells);
    table = replaced;
    write(mark);
  }

  /** From the next mark on no landmarks are kept, since the log is not what it was. */
  public synchronized void forgetLandmarks() {
    table = Table.NONE;
  }

  public synchronized boolean hasLandmarks() {
    return table.bytes > 0;
  }

  /** The landmarks that were kept: starts below an older mark; none when there are none, or not whole. */
  public synchronized Landmarks landmarks() throws IOException {
    if (!hasLandmarks()) return new Landmarks();
    CRC32C crc = new CRC32C();
    Cells cells = Cells.read(file, TABLE_START, table.bytes, crc);
    return (int) crc.getValue() == table.crc ? new Landmarks(cells) : new Landmarks();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private void writeSlot(int index, Mark mark) throws IOException {
    Slot slot = new Slot(newest == null ? 1 : newest.sequence + 1, mark, table);
    ByteBuffer out = ByteBuffer.allocate(SLOT_BYTES);
    out.putLong(MAGIC).putLong(slot.sequence).putLong(mark.end()).putLong(mark.last()).putLong(mark.frames())
        .putLong(identity).putLong(mark.boot()).putInt(mark.framing() instanceof FlumeFraming flume ? flume.width().bits() : 0)
        .putInt(flagsOf(mark)).putInt(table.bytes).putInt(table.crc);
    out.putInt(crc(out.duplicate().flip()));
    file.overwrite((long) SLOT_SPACING * index, out.flip());
    newest = slot;
  }

  private static ByteBuffer slot(ByteBuffer slots, int index) {
    return slots.slice(SLOT_SPACING * index, SLOT_BYTES);
  }

  /** 0 where the slot is not whole, or speaks of another log. */
  private long sequenceOf(ByteBuffer slot) {
    if (slot.getLong(0) != MAGIC || slot.getLong(IDENTITY_AT) != identity) return 0;
    return slot.getInt(SLOT_BYTES - 4) == crc(slot.duplicate().limit(SLOT_BYTES - 4)) ? slot.getLong(SEQUENCE_AT) : 0;
  }

  private static Slot read(ByteBuffer slot) {
    ByteBuffer in = slot.position(SEQUENCE_AT);
    long sequence = in.getLong();
    long end = in.getLong();
    long last = in.getLong();
    long frames = in.getLong();
    long boot = in.position(IDENTITY_AT + Long.BYTES).getLong();
    OffsetWidth width = OffsetWidth.ofBits(in.getInt());
    int flags = in.getInt();
    Framing framing = width == null ? new LegacyFraming() : new FlumeFraming(width);
    if ((flags & MOUNT) == 0) boot &= -1L << Integer.SIZE;
    Mark mark = new Mark(framing, end, last, frames, (flags & DIRTY) != 0, (flags & FAILED) != 0, (flags & ROOM) != 0, boot);
    return new Slot(sequence, mark, new Table(in.getInt(), in.getInt()));
  }

  private static int flagsOf(Mark mark) {
    return MOUNT | (mark.dirty() ? DIRTY : 0) | (mark.failed() ? FAILED : 0) | (mark.room() ? ROOM : 0);
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
