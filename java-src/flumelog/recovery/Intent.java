package flumelog.recovery;

import flumelog.block.Blocks;
import flumelog.file.ReadableFile;
import flumelog.frame.Frame;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * One record that is to be deleted, as the journal of {@link Deletions} has it.
 *
 * <pre>
 *   file    := intents*
 *   intents := magic(int32) count(int32) {offset(int64) length(int64) crc(int32)}* crc(int32)
 *              crc of a record: CRC-32C of its data; of the intents: of the log's id (two int64) and all bytes before it
 *   magic   := 66646c32                                   "fdl2"
 * </pre>
 *
 * Intents of another log are ignored. Those of earlier versions have neither lengths nor checksums: {@code count(int32)
 * offset(int64)* crc(int32)}. Their checksum covers the inode number of the log's file instead of its id.
 *
 * @param length of the record's data; -1 if it is unknown
 * @param crc of the record's data
 */
record Intent(long offset, long length, int crc) {
  private static final int MAGIC = 0x66646c32;
  private static final int RECORD_BYTES = 2 * Long.BYTES + Integer.BYTES;
  private static final int CRC_AT_ONCE = 1 << 16;
  private static final int MOST_READ = 1 << 26;

  /** The bytes of the intents to delete these records of the log with the id. */
  static ByteBuffer toBytes(LogId id, Blocks blocks, List<Frame> records) {
    ByteBuffer intents = ByteBuffer.allocate(3 * Integer.BYTES + RECORD_BYTES * records.size());
    intents.putInt(MAGIC).putInt(records.size());
    for (Frame record : records) intents.putLong(record.start()).putLong(record.length()).putInt(crcOf(blocks, record));
    intents.putInt(crc(id, intents.duplicate().flip()));
    return intents.flip();
  }

  /** The records of all whole intents of the log. The deletion of a torn intent had not begun. */
  static List<Intent> read(ReadableFile file, LogId id, long inode) throws IOException {
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

  /** The next intent; null if it is torn or of another log. */
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

  /** Whether a part of the record was overwritten, and the frame is still that of the record. */
  boolean isHalfDone(Blocks blocks, Frame frame) {
    boolean isKnown = length >= 0;
    if (isKnown && (frame.length() != length || crcOf(blocks, frame) == crc)) return false;
    return seemsTorn(blocks, frame);
  }

  /** Reads a long record in pieces that begin at the start of a sector. */
  private static boolean seemsTorn(Blocks blocks, Frame frame) {
    long dataEnd = frame.data() + frame.length();
    for (long at = frame.data(); at < dataEnd; ) {
      long to = Math.min(dataEnd, at / CRC_AT_ONCE * CRC_AT_ONCE + CRC_AT_ONCE);
      if (Anchor.seemsTorn(blocks.read(at, (int) (to - at)))) return true;
      at = to;
    }
    return false;
  }
}
