package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.error.Reason;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Deletions under way, in a small file beside the log, so that a crash leaves no record half deleted: what is to be
 * deleted is on disk here before the first of its bytes is overwritten. On open a record that is partly zeros is made all
 * zeros. One that is whole is left as it is: its deletion had not begun, or an older copy of the log was put back.
 *
 * <pre>
 *   file   := intent*
 *   intent := magic(int32) count(int32) {offset(int64) length(int64) crc(int32)}* crc(int32)
 *             crc of a record: CRC-32C of its data; of the intent: of the log's id (two int64) and all that is before it
 *   magic  := 66646c32                                   "fdl2"
 * </pre>
 *
 * Intents of another log are none. Those of earlier versions have neither lengths nor checksums:
 * {@code count(int32) offset(int64)* crc(int32)}, with the number of the log's file for its id.
 */
public final class Deletions implements Closeable {
  /** Most records of one intent. */
  public static final int MOST_AT_ONCE = 1 << 14;

  private static final int MAGIC = 0x66646c32;
  private static final int RECORD_BYTES = 2 * Long.BYTES + Integer.BYTES;
  private static final int CRC_AT_ONCE = 1 << 16;
  private static final int MOST_READ = 1 << 26;

  /** From here on the file is to be emptied before more is intended. */
  private static final int FULL_BYTES = 1 << 18;

  /** One record of an intent; the length is -1 where none is known. */
  private record Intent(long offset, long length, int crc) {}

  /**
   * What was done on open.
   *
   * @param finished how many records were partly zeros and are all zeros now
   * @param left how many records are as they were
   */
  public record Redone(long finished, long left) {
    public static final Redone NONE = new Redone(0, 0);
  }

  private final LogPath log;
  private final LogFolder folder;
  private final String name;
  private LogId id;
  private LogFile file;
  private long end;
  private long lastWrite;

  /** @param log whose records are deleted */
  public Deletions(LogPath log) {
    this.log = log;
    this.folder = log.folder();
    this.name = log.deletions();
  }

  /**
   * Makes it durable that records, at most {@link #MOST_AT_ONCE}, are to be deleted.
   *
   * @param write which write of the log the deletion will be
   */
  public synchronized void intend(long write, Blocks blocks, List<Frame> records) throws IOException {
    if (file == null) file = open();
    ByteBuffer intent = ByteBuffer.allocate(3 * Integer.BYTES + RECORD_BYTES * records.size());
    intent.putInt(MAGIC).putInt(records.size());
    for (Frame record : records) intent.putLong(record.start()).putLong(record.length()).putInt(crcOf(blocks, record));
    intent.putInt(crc(id, intent.duplicate().flip()));
    file.append(end, intent.flip());
    file.force();
    end += intent.limit();
    lastWrite = write;
  }

  /** What can't be opened holds nothing that somebody could have finished. */
  private LogFile open() throws IOException {
    try {
      return folder.openBeside(name, log.name());
    } catch (IOException e) {
      if (!folder.exists(name)) throw e;
      folder.delete(name);
      return folder.openBeside(name, log.name());
    }
  }

  /** Whether so much is intended that the log should be forced first. */
  public synchronized boolean isFull() {
    return end >= FULL_BYTES;
  }

  /** Forgets what was intended, where all of it is among the writes of the log that are on disk. */
  public synchronized void done(long writes) throws IOException {
    if (end == 0 || writes < lastWrite) return;
    file.truncate(0);
    end = 0;
  }

  /** Forgets for ever what was done, for a log whose offsets are about to change. */
  public synchronized void clear() throws IOException {
    if (file == null && folder.exists(name)) file = folder.openForWriting(name);
    if (file == null) return;
    file.truncate(0);
    file.force();
    end = 0;
  }

  /** Says which log's records are deleted from here on. */
  public synchronized void setId(LogId id) {
    this.id = id;
  }

  /**
   * Finishes in the log what a crash may have left half done; it is on disk when this returns.
   *
   * @param id of the log, as it was
   * @param inode of the log, to which earlier versions bound their intents
   * @param givenUp is told of a file that can't be read, or is of another log
   */
  public synchronized Redone redo(
      LogId id, long inode, Framing framing, Blocks blocks, LogFile log, List<GivenUp> givenUp) throws IOException {
    if (!folder.exists(name)) return Redone.NONE;
    List<Intent> intents;
    try {
      file = folder.openForWriting(name);
      if (file.size() == 0) return Redone.NONE;
      intents = read(file, id, inode);
    } catch (IOException e) {
      if (file != null) file.close();
      file = null;
      givenUp.add(GivenUp.told(folder.path(name), "it can't be read (" + Reason.of(e) + ")"));
      return Redone.NONE;
    }
    if (intents.isEmpty() && file.size() >= Integer.BYTES) {
      givenUp.add(GivenUp.told(folder.path(name), "no deletion in it is whole and of this log"));
    }
    Redone done = redoIn(intents, framing, blocks);
    log.force();
    file.truncate(0);
    file.force();
    return done;
  }

  private static Redone redoIn(List<Intent> intents, Framing framing, Blocks blocks) {
    long finished = 0;
    long left = 0;
    for (Intent intent : intents) {
      Frame frame = framing.at(blocks, intent.offset, blocks.end());
      if (frame != null && framing.isDeleted(blocks, frame)) {
        blocks.zero(frame.data(), frame.length()); // the zeros that are read may be those of a force that failed
      } else if (frame != null && isHalfDone(intent, blocks, frame)) {
        blocks.zero(frame.data(), frame.length());
        finished++;
      } else {
        left++;
      }
    }
    return new Redone(finished, left);
  }

  private static boolean isHalfDone(Intent intent, Blocks blocks, Frame frame) {
    boolean isKnown = intent.length >= 0;
    if (isKnown && (frame.length() != intent.length || crcOf(blocks, frame) == intent.crc)) return false;
    return seemsTorn(blocks, frame);
  }

  /** A long record is looked at in pieces that begin where sectors do. */
  private static boolean seemsTorn(Blocks blocks, Frame frame) {
    long dataEnd = frame.data() + frame.length();
    for (long at = frame.data(); at < dataEnd; ) {
      long to = Math.min(dataEnd, at / CRC_AT_ONCE * CRC_AT_ONCE + CRC_AT_ONCE);
      if (Anchor.seemsTorn(blocks.read(at, (int) (to - at)))) return true;
      at = to;
    }
    return false;
  }

  /**
   * Finishes in a copy of the log what may have been half done while it was copied.
   *
   * @param log whose records are being deleted
   * @param id of the log
   * @param copy of its bytes
   */
  public static void redoIn(Blocks copy, LogPath log, LogId id, Framing framing) throws IOException {
    if (id == null || !log.folder().exists(log.deletions())) return;
    try (ReadableFile file = log.folder().openForReading(log.deletions())) {
      redoIn(read(file, id, 0), framing, copy);
    }
  }

  /** Whether a deletion of the record at the offset was intended in the log of that id. */
  static boolean isIntended(LogPath log, LogId id, long offset) throws IOException {
    if (id == null || !log.folder().exists(log.deletions())) return false;
    try (ReadableFile file = log.folder().openForReading(log.deletions())) {
      return read(file, id, 0).stream().anyMatch(intent -> intent.offset == offset);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (file != null) file.close();
  }

  /** The records of all intents of the log that are whole; one that is torn was not begun. */
  private static List<Intent> read(ReadableFile file, LogId id, long inode) throws IOException {
    ByteBuffer in = ByteBuffer.allocate((int) Math.min(file.size(), MOST_READ));
    file.readAt(0, in);
    in.flip();
    List<Intent> found = new ArrayList<>();
    while (in.remaining() >= 2 * Integer.BYTES) {
      boolean isEarlier = in.getInt(in.position()) != MAGIC;
      List<Intent> more = isEarlier ? readEarlier(in, inode) : readOne(in, id);
      if (more == null) return found;
      found.addAll(more);
    }
    return found;
  }

  /** The next intent, or null where it is torn or of another log. */
  private static List<Intent> readOne(ByteBuffer in, LogId id) {
    int start = in.position();
    long count = in.position(start + Integer.BYTES).getInt();
    if (id == null || count < 0 || count > (in.remaining() - Integer.BYTES) / RECORD_BYTES) return null;
    List<Intent> intents = new ArrayList<>();
    for (int i = 0; i < count; i++) intents.add(new Intent(in.getLong(), in.getLong(), in.getInt()));
    int crc = crc(id, in.duplicate().position(start).limit(in.position()));
    return crc == in.getInt() ? intents : null;
  }

  private static List<Intent> readEarlier(ByteBuffer in, long inode) {
    int start = in.position();
    long count = in.getInt();
    if (count < 0 || count > (in.remaining() - Integer.BYTES) / Long.BYTES) return null;
    List<Intent> intents = new ArrayList<>();
    for (int i = 0; i < count; i++) intents.add(new Intent(in.getLong(), -1, 0));
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Long.BYTES).putLong(0, inode));
    crc.update(in.duplicate().position(start).limit(in.position()));
    return (int) crc.getValue() == in.getInt() ? intents : null;
  }

  private static int crcOf(Blocks blocks, Frame record) {
    CRC32C crc = new CRC32C();
    for (long done = 0; done < record.length(); done += CRC_AT_ONCE) {
      crc.update(blocks.read(record.data() + done, (int) Math.min(CRC_AT_ONCE, record.length() - done)));
    }
    return (int) crc.getValue();
  }

  private static int crc(LogId id, ByteBuffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(2 * Long.BYTES).putLong(id.high()).putLong(id.low()).flip());
    crc.update(bytes);
    return (int) crc.getValue();
  }
}
