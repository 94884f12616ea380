package flumelog.recovery;

import flumelog.error.Reason;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.frame.Cells;
import flumelog.frame.Landmarks;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * The file of a {@link Checkpoint}. If it can't be used, there is none, and writes have no effect.
 *
 * <pre>
 *   file  := slots at 0, 512, 1024, 1536, table at 2048
 *   slot  := magic sequence end last frames boot id(2) endOfFirst inode size modified changed taken : int64 each
 *            width (0 for legacy) flags crcOfLast crcOfFirst bytesOfTable crcOfTable crc : int32 each
 *            crc: CRC-32C of the bytes before it
 *            then: sequence deleted : int64 each, crc : int32    how many frames are deleted, -1 if that is not known; it counts
 *            only with the sequence of its slot
 *   flags := 1 dirty, 2 failed, 4 room: as in {@link Mark}; 8: the lower half of boot is that of the mount
 *   table := shift: int32, cells: uint16 each    one cell for each 2^shift bytes of the log: 1 plus the distance of the
 *            first landmark in them from their start; 0 if there is no landmark in them
 * </pre>
 *
 * {@code last} to {@code end} and 0 to {@code endOfFirst} are frames. {@code inode} to {@code taken} are a {@link
 * flumelog.file.Stamp} of the log's file; all zeros if there is no stamp.
 *
 * <p>The slot with the highest sequence counts. A mark is written after the log was forced, and usually not forced
 * itself: any mark that survives is a correct lower bound. Unforced marks go to the last two slots in turn, and forced
 * marks to the first two. So one forced mark is always whole, whatever a crash does to unforced writes.
 */
final class CheckpointFile implements Closeable {
  private static final int SLOT_SPACING = 512;
  private static final int SLOTS = 4;
  private static final int TABLE_START = SLOTS * SLOT_SPACING;

  /** Null if there is none, or if it can't be used. */
  private final ReadableFile file;
  /** The file for writing; null also if the log is opened for reading. */
  private final LogFile written;
  /** The slot with the highest sequence; null if there is none. */
  private Slot newest;
  /** The indexes of the slots to write next: for a forced mark, and for an unforced one. */
  private int nextForced;
  private int nextOther = 2;
  /** The size and checksum of the table in the file. Each new slot has them. */
  private int tableBytes;
  private int tableCrc;

  private CheckpointFile(ReadableFile file, LogFile written) {
    this.file = file;
    this.written = written;
  }

  /** The checkpoint file of a log for reading. {@code givenUp} may be null. */
  static CheckpointFile openForReading(LogPath log, List<GivenUp> givenUp) {
    LogFolder folder = log.folder();
    String name = log.checkpoint();
    try {
      if (folder.exists(name)) return of(folder.openForReading(name), null);
    } catch (IOException e) {
      if (givenUp != null) givenUp.add(GivenUp.told(folder.path(name), "it can't be read (" + Reason.of(e) + ")"));
    }
    return new CheckpointFile(null, null);
  }

  /** The checkpoint file that a log has, for writing; null if it can't be read. It is left as it is. */
  static CheckpointFile openExisting(LogPath log, List<GivenUp> givenUp) {
    LogFolder folder = log.folder();
    String name = log.checkpoint();
    try {
      return of(folder.openForWriting(name));
    } catch (IOException e) {
      givenUp.add(GivenUp.told(folder.path(name), "it can't be read (" + Reason.of(e) + ")"));
      return null;
    }
  }

  /** The checkpoint file of a log for writing. It is created if it is missing, and replaced if it can't be used. */
  static CheckpointFile openForWriting(LogPath log, List<GivenUp> givenUp) {
    LogFolder folder = log.folder();
    String name = log.checkpoint();
    try {
      return of(folder.openBeside(name, log.name()));
    } catch (IOException e) {
      String reason = Reason.of(e);
      givenUp.removeIf(earlier -> earlier.file().equals(folder.path(name)));
      try {
        folder.delete(name);
        CheckpointFile made = of(folder.openBeside(name, log.name()));
        givenUp.add(GivenUp.told(folder.path(name), "it could not be opened (" + reason + "), and was made anew"));
        return made;
      } catch (IOException again) {
        givenUp.add(GivenUp.told(folder.path(name), "it can't be written (" + reason + ")"));
        return new CheckpointFile(null, null);
      }
    }
  }

  /** The checkpoint file in an open file, which is closed together with it, also if this throws. */
  static CheckpointFile of(LogFile file) throws IOException {
    return of(file, file);
  }

  private static CheckpointFile of(ReadableFile file, LogFile written) throws IOException {
    CheckpointFile checkpoint = new CheckpointFile(file, written);
    try {
      checkpoint.read();
    } catch (IOException e) {
      file.close();
      throw e;
    }
    return checkpoint;
  }

  // start-up: only the newest slot is decoded, because decoding is slow in a new process.
  void read() throws IOException {
    if (file == null) return;
    ByteBuffer slots = ByteBuffer.allocate(TABLE_START);
    file.readAt(0, slots);
    long[] sequences = new long[SLOTS];
    int newestAt = 0;
    for (int i = 0; i < SLOTS; i++) {
      sequences[i] = Slot.sequenceOf(slot(slots, i));
      if (sequences[i] > sequences[newestAt]) newestAt = i;
    }
    newest = sequences[newestAt] == 0 ? null : Slot.of(slot(slots, newestAt));
    nextForced = sequences[0] <= sequences[1] ? 0 : 1;
    nextOther = sequences[2] <= sequences[3] ? 2 : 3;
    tableBytes = newest == null ? 0 : newest.tableBytes();
    tableCrc = newest == null ? 0 : newest.tableCrc();
  }

  boolean isWritable() {
    return written != null;
  }

  Slot newest() {
    return newest;
  }

  long nextSequence() {
    return newest == null ? 1 : newest.sequence() + 1;
  }

  /** Writes a slot over the older one of its two slots. */
  void write(Slot slot, boolean isForced) throws IOException {
    written.overwrite((long) SLOT_SPACING * (isForced ? nextForced : nextOther), slot.toBytesWithCount());
    newest = slot;
    if (isForced) nextForced ^= 1;
    else nextOther ^= 1;
  }

  void force() throws IOException {
    if (written == null) return;
    if (written.size() < TABLE_START) written.overwrite(TABLE_START - 1, ByteBuffer.allocate(1));
    written.force();
  }

  int tableBytes() {
    return tableBytes;
  }

  int tableCrc() {
    return tableCrc;
  }

  /** From here on new slots name no table. */
  void forgetTable() {
    tableBytes = 0;
    tableCrc = 0;
  }

  /** Writes the table that new slots name from here on. No slot may name a table when this is called. */
  void writeTable(ByteBuffer cells) throws IOException {
    int bytes = cells.limit();
    int crc = Slot.crc(cells.duplicate());
    written.overwrite(TABLE_START, cells);
    tableBytes = bytes;
    tableCrc = crc;
  }

  /** The table as landmarks. They are empty if there is no table, or if it is not whole. */
  Landmarks readTable() throws IOException {
    if (tableBytes == 0) return new Landmarks();
    CRC32C crc = new CRC32C();
    Cells cells = Cells.read(file, TABLE_START, tableBytes, crc);
    return (int) crc.getValue() == tableCrc ? new Landmarks(cells) : new Landmarks();
  }

  @Override
  public void close() throws IOException {
    if (file != null) file.close();
  }

  private static ByteBuffer slot(ByteBuffer slots, int index) {
    return slots.slice(SLOT_SPACING * index, Slot.BYTES_WITH_COUNT);
  }
}
