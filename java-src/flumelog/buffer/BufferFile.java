package flumelog.buffer;

import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.ReadableFile;
import flumelog.file.Room;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * Reads the file of a {@link WriteBuffer}. Readers of the log use it, and so does the next writer. The file has the bytes of
 * the log from a position on, which is called the base.
 *
 * <pre>
 *   file   := header data
 *   header := magic before base commit : int64 each, zeros up to 512
 *   before :=                               CRC-32C of the last 512 bytes of the log below base, or of all if there are fewer
 *   commit := bytes(int32) crc(int32)       bytes: how many bytes of the data are valid
 *                                           crc: CRC-32C of before, base, and those bytes
 * </pre>
 *
 * The buffer belongs to any log file that has those bytes below the base. So both files may be copied together.
 *
 * The commit is stored last, with a single store, so a killed process leaves exactly what it had committed. After a power
 * loss the file may be any mixture of old and new sectors; then the checksum does not match. While a writer is at work the
 * commit grows. After the bytes were written to the log, the base moves. The bytes at one base never change. A file without
 * the magic has no valid bytes.
 */
final class BufferFile implements Closeable {
  static final long MAGIC = 0x666c756d65626632L; // "flumebf2"
  static final int HEADER_BYTES = 512;
  static final int BEFORE_AT = 8;
  static final int BASE_AT = 16;
  static final int COMMIT_AT = 24;

  /** The magic of earlier versions. Their files have the inode number of the log's file in place of {@code before}. */
  private static final long EARLIER_MAGIC = 0x666c756d65627566L; // "flumebuf"
  private static final int USED_HEADER_BYTES = 32;
  private static final int BEFORE_BYTES = 512;
  private static final int CHUNK_BYTES = 1 << 16;

  /**
   * The header of the file. It describes the bytes of the log from {@code base} on.
   *
   * @param isEarlier whether an earlier version wrote it; {@code before} is then the inode number of the log's file
   */
  record Held(boolean isEarlier, long before, long base, int bytes, int crc) {
    long end() {
      return base + bytes;
    }

    boolean isBelow(long position) {
      return base >= 0 && bytes >= 0 && end() <= position;
    }
  }

  private final ReadableFile file;

  BufferFile(ReadableFile file) {
    this.file = file;
  }

  /**
   * Reads the header as it was at one moment. Returns null if the file has no magic. The base is read before and after the
   * commit: if it is the same both times, the commit belongs to it.
   */
  Held held() throws IOException {
    while (true) {
      ByteBuffer start = read(file, 0, COMMIT_AT);
      if (!hasMagic(start)) return null;
      ByteBuffer commit = read(file, COMMIT_AT, Long.BYTES);
      if (commit.remaining() < Long.BYTES) return null;
      if (start.equals(read(file, 0, COMMIT_AT))) {
        return new Held(start.getLong(0) == EARLIER_MAGIC, start.getLong(BEFORE_AT), start.getLong(BASE_AT),
            commit.getInt(0), commit.getInt(4));
      }
    }
  }

  /** Whether the base is still at that position. */
  private boolean isAt(long base) throws IOException {
    ByteBuffer start = read(file, 0, COMMIT_AT);
    return hasMagic(start) && start.getLong(BASE_AT) == base;
  }

  private static boolean hasMagic(ByteBuffer start) {
    return start.remaining() == COMMIT_AT && (start.getLong(0) == MAGIC || start.getLong(0) == EARLIER_MAGIC);
  }

  /**
   * Whether the buffer is whole, and its bytes are the continuation of this log.
   *
   * @param path where the log is; only a buffer of an earlier version needs it
   */
  boolean belongsTo(ReadableFile log, Held held, LogPath path) throws IOException {
    if (!isWhole(held) || !fits(held, log)) return false;
    return held.isEarlier ? EarlierBuffer.isOf(path, held.before) : held.before == before(log, held.base);
  }

  /** Computes {@code before}: the checksum of the last bytes of the log below the base. */
  static long before(ReadableFile log, long base) throws IOException {
    int bytes = (int) Math.min(BEFORE_BYTES, base);
    CRC32C crc = new CRC32C();
    crc.update(read(log, base - bytes, bytes));
    return crc.getValue();
  }

  private boolean isWhole(Held held) throws IOException {
    if (held.bytes < 0 || held.bytes > file.size() - HEADER_BYTES || held.base < 0) return false;
    CRC32C crc = seeded(new CRC32C(), held.before, held.base);
    for (int at = 0; at < held.bytes; at += CHUNK_BYTES) crc.update(chunk(held, at));
    return (int) crc.getValue() == held.crc;
  }

  /**
   * Whether the bytes of the log's file from the base on agree with the buffer. Either the file has all bytes of the buffer,
   * followed by anything; or it has some of them, and only zeros after these. The first bytes may be missing too, because
   * {@link Room} writes them last. In any other case another program has written to the file, or cut it below the base.
   */
  private boolean fits(Held held, ReadableFile log) throws IOException {
    long size = log.size();
    if (held.base > size) return false;
    boolean lacksFirst = size - held.base >= Room.FIRST_BYTES && isZero(log, held.base, held.base + Room.FIRST_BYTES);
    for (int at = lacksFirst ? Room.FIRST_BYTES : 0; at < held.bytes; at += CHUNK_BYTES) {
      ByteBuffer ours = chunk(held, at);
      int mismatch = ours.mismatch(read(log, held.base + at, ours.remaining()));
      if (mismatch >= 0) return isZero(log, held.base + at + mismatch, size);
    }
    return !lacksFirst || isZero(log, held.end(), size);
  }

  /** Writes the bytes of the buffer to the log's file. */
  void copyTo(LogFile log, Held held) throws IOException {
    for (int at = 0; at < held.bytes; at += CHUNK_BYTES) log.append(held.base + at, chunk(held, at));
  }

  /** Erases the header of a buffer file, so that readers that have it open see that it has no valid bytes any more. */
  static void retire(LogFile file) throws IOException {
    file.overwrite(0, ByteBuffer.allocate(USED_HEADER_BYTES));
  }

  /**
   * Reads the log: from the buffer where it has the bytes, elsewhere from the log's file.
   *
   * @return as {@link ReadableFile#readAt}
   */
  int readOver(ReadableFile log, long position, ByteBuffer into) throws IOException {
    while (true) {
      Held held = held();
      if (held == null || position + into.remaining() <= held.base) return log.readAt(position, into);
      ByteBuffer over = into.duplicate();
      boolean isInside = position >= held.base && position + into.remaining() <= held.end();
      int n = isInside ? 0 : log.readAt(position, into.duplicate());
      int start = (int) Math.max(0, held.base - position);
      int end = (int) Math.min(into.remaining(), held.end() - position);
      if (start < end && start <= n) {
        over.limit(into.position() + end).position(into.position() + start);
        n = Math.max(n, start + file.readAt(HEADER_BYTES + position + start - held.base, over));
      }
      if (!isAt(held.base)) continue; // it has gone to the log meanwhile
      into.position(into.position() + n);
      return n;
    }
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  static CRC32C seeded(CRC32C crc, long before, long base) {
    crc.reset();
    crc.update(ByteBuffer.allocate(2 * Long.BYTES).putLong(before).putLong(base).flip());
    return crc;
  }

  private ByteBuffer chunk(Held held, int at) throws IOException {
    return read(file, HEADER_BYTES + (long) at, Math.min(CHUNK_BYTES, held.bytes - at));
  }

  private static boolean isZero(ReadableFile log, long from, long to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(CHUNK_BYTES);
    for (long at = from; at < to; at += CHUNK_BYTES) {
      ByteBuffer bytes = read(log, at, (int) Math.min(CHUNK_BYTES, to - at));
      if (!bytes.equals(zeros.duplicate().limit(bytes.limit()))) return false;
    }
    return true;
  }

  /** Reads that many bytes, or fewer if the file ends before. */
  private static ByteBuffer read(ReadableFile file, long position, int bytes) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(bytes);
    file.readAt(position, read);
    return read.flip();
  }
}
