package flumelog.buffer;

import flumelog.file.LogFile;
import flumelog.file.LogPath;
import flumelog.file.Room;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The file behind a {@link WriteBuffer}, as those see it who don't write it: readers, and whoever opens the log next.
 * It holds the bytes of the log from a position on.
 *
 * <pre>
 *   file   := header data
 *   header := magic before base commit : int64 each, zeros up to 512
 *   before :=                               CRC-32C of the last bytes of the log below base, 512 of them where there are
 *   commit := bytes(int32) crc(int32)       bytes: how many of the data count
 *                                           crc: CRC-32C of before, base, and those bytes
 * </pre>
 *
 * It belongs to whatever file has those bytes below the base, wherever both were copied.
 *
 * The commit is stored last, at once, so a killed process leaves exactly what it had committed. After a power loss any
 * mixture of old and new sectors may be there, which the checksum tells. While a writer is at work the commit grows, and
 * the base moves when the bytes have gone to the log; bytes at one base never change. Without the magic the file holds
 * nothing, or nothing any more.
 */
final class BufferFile implements Closeable {
  static final long MAGIC = 0x666c756d65626632L; // "flumebf2"
  static final int HEADER_BYTES = 512;
  static final int BEFORE_AT = 8;
  static final int BASE_AT = 16;
  static final int COMMIT_AT = 24;

  /** Of earlier versions: it has the number of the log's file in the place of {@code before}. */
  private static final long EARLIER_MAGIC = 0x666c756d65627566L; // "flumebuf"
  private static final int USED_HEADER_BYTES = 32;
  private static final int BEFORE_BYTES = 512;
  private static final int CHUNK_BYTES = 1 << 16;

  /**
   * What the file holds: the bytes of the log from {@code base} on.
   *
   * @param isEarlier whether {@code before} is the number of the log's file
   */
  record Held(boolean isEarlier, long before, long base, int bytes, int crc) {
    long end() {
      return base + bytes;
    }

    boolean isBelow(long position) {
      return base >= 0 && bytes >= 0 && end() <= position;
    }
  }

  private final LogFile file;

  BufferFile(LogFile file) {
    this.file = file;
  }

  /** What it holds at one moment, or null when it has no magic. A commit belongs to the base before and after it. */
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

  /** Whether it still holds bytes from that position on. */
  private boolean isAt(long base) throws IOException {
    ByteBuffer start = read(file, 0, COMMIT_AT);
    return hasMagic(start) && start.getLong(BASE_AT) == base;
  }

  private static boolean hasMagic(ByteBuffer start) {
    return start.remaining() == COMMIT_AT && (start.getLong(0) == MAGIC || start.getLong(0) == EARLIER_MAGIC);
  }

  /**
   * Whether all of it is there, and the next that the log is to have.
   *
   * @param path where the log is, for what earlier versions left
   */
  boolean belongsTo(LogFile log, Held held, LogPath path) throws IOException {
    if (!isWhole(held) || !fits(held, log)) return false;
    return held.isEarlier ? EarlierBuffer.isOf(path, held.before) : held.before == before(log, held.base);
  }

  /** The checksum of the last bytes of the log below a position. */
  static long before(LogFile log, long base) throws IOException {
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
   * Whether the log's file goes on from the base like what is held: with all of it, whatever follows, or with a part of
   * it and then zeros at most, where the first bytes may be missing, which come last into {@link Room}. Otherwise somebody
   * else has written there, or cut it below the base.
   */
  private boolean fits(Held held, LogFile log) throws IOException {
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

  /** Writes what is held to the log's file. */
  void copyTo(LogFile log, Held held) throws IOException {
    for (int at = 0; at < held.bytes; at += CHUNK_BYTES) log.append(held.base + at, chunk(held, at));
  }

  /** From here on it holds nothing; readers that have it open see that. */
  void retire() throws IOException {
    file.overwrite(0, ByteBuffer.allocate(USED_HEADER_BYTES));
  }

  /**
   * Reads the log's file, with what is held over it.
   *
   * @return as {@link LogFile#readAt}
   */
  int readOver(LogFile log, long position, ByteBuffer into) throws IOException {
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

  private static boolean isZero(LogFile log, long from, long to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(CHUNK_BYTES);
    for (long at = from; at < to; at += CHUNK_BYTES) {
      ByteBuffer bytes = read(log, at, (int) Math.min(CHUNK_BYTES, to - at));
      if (!bytes.equals(zeros.duplicate().limit(bytes.limit()))) return false;
    }
    return true;
  }

  /** At most so many bytes; fewer where the file ends. */
  private static ByteBuffer read(LogFile file, long position, int bytes) throws IOException {
    ByteBuffer read = ByteBuffer.allocate(bytes);
    file.readAt(position, read);
    return read.flip();
  }
}
