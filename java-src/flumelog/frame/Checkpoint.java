package flumelog.frame;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * A small file beside the log that remembers a {@link Mark}. It may be deleted at any time: the log is then scanned.
 *
 * <pre>
 *   file  := slots at 0, 512, 1024, 1536, table at 2048
 *   slot  := magic sequence end last frames identity boot : int64 each
 *            width (0 for legacy) flags bytesOfTable crcOfTable crc : int32 each    crc: CRC-32C of what is before it
 *   flags := 1 dirty, 2 failed, 4 room: as in {@link Mark}
 *   table := for each landmark, how far it lies above the one before: 7 bits a byte, lowest first, the top bit set in
 *            all bytes but the last (LEB128)
 * </pre>
 *
 * The slot with the highest sequence counts. A mark is written after the log was forced and as a rule not forced
 * itself: whatever survives is a sound lower bound. Such marks go to the last two slots in turn, forced ones to the
 * first two, so that one forced mark is whole whatever a crash does to all that was not forced.
 */
public final class Checkpoint implements Closeable {
  private static final long MAGIC = 0x666c756d656c6f32L; // "flumelo2"
  private static final int SLOT_BYTES = 7 * 8 + 5 * 4;
  private static final int SLOT_SPACING = 512;
  private static final int SLOTS = 4;
  private static final int TABLE_START = SLOTS * SLOT_SPACING;
  private static final int DIRTY = 1;
  private static final int FAILED = 2;
  private static final int ROOM = 4;

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

  private Checkpoint(LogFile file, long identity) throws IOException {
    this.file = file;
    this.identity = identity;
    nextForced = olderOf(readSlot(0), readSlot(1)) == 0 ? 0 : 1;
    nextOther = olderOf(readSlot(2), readSlot(3)) == 0 ? 2 : 3;
    table = newest == null ? Table.NONE : newest.table;
  }

  /** @param identity of the log that it belongs to; a mark of another log is ignored */
  public static Checkpoint openForWriting(LogFolder folder, String name, long identity) throws IOException {
    return new Checkpoint(folder.openForWriting(name), identity);
  }

  /** The checkpoint for reading, or null when there is none. */
  public static Checkpoint openForReading(LogFolder folder, String name, long identity) throws IOException {
    return folder.exists(name) ? new Checkpoint(folder.openForReading(name), identity) : null;
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
  public synchronized void write(Mark mark, long[] landmarks) throws IOException {
    ByteBuffer distances = distances(landmarks);
    // No slot names the old table when that is overwritten.
    forgetLandmarks();
    write(mark);
    Table replaced = new Table(distances.limit(), crc(distances.duplicate()));
    file.overwrite(TABLE_START, distances);
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

  /** The landmarks that were kept: starts below an older mark, ascending; none when there are none, or not whole. */
  public synchronized long[] landmarks() throws IOException {
    ByteBuffer distances = ByteBuffer.allocate(table.bytes);
    file.readAt(TABLE_START, distances);
    return crc(distances.clear()) == table.crc ? landmarks(distances.rewind()) : new long[0];
  }

  private static ByteBuffer distances(long[] landmarks) {
    ByteBuffer out = ByteBuffer.allocate(bytesOfDistances(landmarks));
    long before = 0;
    for (long landmark : landmarks) {
      long rest = landmark - before;
      for (; rest >= 0x80; rest >>>= 7) out.put((byte) (rest | 0x80));
      out.put((byte) rest);
      before = landmark;
    }
    return out.flip();
  }

  private static int bytesOfDistances(long[] landmarks) {
    int bytes = 0;
    long before = 0;
    for (long landmark : landmarks) {
      bytes += Math.max(1, (Long.SIZE - Long.numberOfLeadingZeros(landmark - before) + 6) / 7);
      before = landmark;
    }
    return bytes;
  }

  private static long[] landmarks(ByteBuffer distances) {
    long[] landmarks = new long[distances.limit()];
    int n = 0;
    long landmark = 0;
    while (distances.hasRemaining()) {
      int shift = 0;
      byte part;
      do {
        part = distances.get();
        landmark += (part & 0x7FL) << shift;
        shift += 7;
      } while (part < 0);
      landmarks[n++] = landmark;
    }
    return Arrays.copyOf(landmarks, n);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  private int olderOf(Slot first, Slot second) {
    for (Slot slot : new Slot[] {first, second}) {
      if (slot != null && (newest == null || slot.sequence > newest.sequence)) newest = slot;
    }
    return first == null || second != null && second.sequence > first.sequence ? 0 : 1;
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

  /** The slot, or null when it is not whole, or speaks of another log. */
  private Slot readSlot(int index) throws IOException {
    ByteBuffer in = ByteBuffer.allocate(SLOT_BYTES);
    file.readAt((long) SLOT_SPACING * index, in);
    if (in.hasRemaining() || in.getInt(SLOT_BYTES - 4) != crc(in.duplicate().position(0).limit(SLOT_BYTES - 4))) return null;
    in.flip();
    if (in.getLong() != MAGIC) return null;
    long sequence = in.getLong();
    long end = in.getLong();
    long last = in.getLong();
    long frames = in.getLong();
    if (in.getLong() != identity) return null;
    long boot = in.getLong();
    OffsetWidth width = OffsetWidth.ofBits(in.getInt());
    int flags = in.getInt();
    Framing framing = width == null ? new LegacyFraming() : new FlumeFraming(width);
    Mark mark = new Mark(framing, end, last, frames, (flags & DIRTY) != 0, (flags & FAILED) != 0, (flags & ROOM) != 0, boot);
    return new Slot(sequence, mark, new Table(in.getInt(), in.getInt()));
  }

  private static int flagsOf(Mark mark) {
    return (mark.dirty() ? DIRTY : 0) | (mark.failed() ? FAILED : 0) | (mark.room() ? ROOM : 0);
  }

  private static int crc(ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
