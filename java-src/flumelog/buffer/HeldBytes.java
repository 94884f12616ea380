package flumelog.buffer;

import flumelog.file.LogFolder;
import flumelog.file.NotMappable;
import flumelog.file.SharedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * The bytes of a log from a base on that its {@link WriteBuffer} holds: in memory that is laid out as {@link BufferFile}
 * says, for those who open the log after this process was killed, and in a copy that can't fault, for this process.
 *
 * <p>One thread at a time changes them; any number may read.
 */
final class HeldBytes {
  private static final int DATA_AT = BufferFile.HEADER_BYTES;

  private final CheckedMemory memory;
  private final CRC32C crc = new CRC32C();
  /** Stored last, so that a reader who sees it sees the bytes too. */
  private final AtomicInteger count = new AtomicInteger();
  private long base;
  /** The checksum of what the log's file has below the base: see {@link BufferFile#before}. */
  private long before;
  /** What the memory says; what it says of the base may be old while nothing is committed. */
  private long storedCommit;
  private long storedBase;
  private long storedBefore;
  /** How much of the memory has old bytes of the log in it. */
  private int used;
  private boolean wiped;

  private HeldBytes(CheckedMemory memory, long base) {
    this.memory = memory;
    this.storedBase = base;
    this.base = base;
  }

  /**
   * Makes the file that is the memory.
   *
   * @param capacity most bytes that are held
   * @throws NotMappable where the file system has no mapped files
   */
  static HeldBytes create(LogFolder folder, String name, int capacity, long base) throws IOException {
    SharedMemory shared = folder.share(name, DATA_AT + capacity);
    try {
      CheckedMemory memory = new CheckedMemory(shared);
      memory.putLong(BufferFile.BASE_AT, base);
      memory.putLong(0, BufferFile.MAGIC);
      return new HeldBytes(memory, base);
    } catch (IOException | OutOfMemoryError e) {
      deleteAfter(e, folder, name);
      throw e;
    }
  }

  private static void deleteAfter(Throwable cause, LogFolder folder, String name) {
    try {
      folder.delete(name);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  int count() {
    return count.get();
  }

  /** All of them. */
  ByteBuffer bytes() {
    return memory.copy().slice(DATA_AT, count.get());
  }

  /** Reads from one of them on; returns how many there were. */
  int read(int from, ByteBuffer into) {
    int n = Math.min(into.remaining(), count.get() - from);
    if (n <= 0) return 0;
    into.put(into.position(), memory.copy(), DATA_AT + from, n).position(into.position() + n);
    return n;
  }

  /** Says what the log's file has below the base, before the first bytes are held. */
  void tieTo(long now) {
    before = now;
    BufferFile.seeded(crc, before, base);
  }

  /**
   * Holds more: first the bytes are stored, then the commit, so that a process killed in between has not appended.
   *
   * @throws IOException when they could not be stored; what was held is held
   */
  void add(ByteBuffer from) throws IOException {
    int at = count.get();
    int n = from.remaining();
    storeBase();
    memory.put(DATA_AT + at, from);
    crc.update(from);
    used = Math.max(used, at + n);
    commit(at + n);
  }

  /**
   * Holds only the first of them.
   *
   * @throws IOException when that could not be stored; all are held
   */
  void keepOnly(int n) throws IOException {
    sum(n);
    commit(n);
  }

  /**
   * Holds nothing, and what comes next is for another base. The memory is told first that it holds nothing, so that
   * nothing held has another base.
   *
   * @throws IOException when that could not be stored; all are held
   */
  void moveTo(long next) throws IOException {
    if (storedCommit != 0) memory.putLong(BufferFile.COMMIT_AT, 0);
    storedCommit = 0;
    count.set(0);
    base = next;
  }

  /** Wipes out what was held once; nothing is held. */
  void wipe() throws IOException {
    if (used == 0) return;
    memory.wipe(DATA_AT, DATA_AT + used);
    used = 0;
    wiped = true;
  }

  /** Whether what was wiped may still be on disk; from here on it is the caller who sees to that. */
  boolean takeWiped() {
    boolean was = wiped;
    wiped = false;
    return was;
  }

  void force() throws IOException {
    memory.force();
  }

  /** Whether somebody has taken the magic away. */
  boolean isTaken() {
    return memory.isOther(0, BufferFile.MAGIC);
  }

  /** Whether the file is as it was made, and not cut or removed. */
  boolean isWhole() throws IOException {
    return memory.isWhole();
  }

  /** From here on the memory is no write buffer, as far as that can be stored. */
  void retire() {
    try {
      memory.putLong(0, 0L);
    } catch (IOException e) {
      // The file is removed next. It says that it holds nothing, or what the log's file has.
    }
  }

  private void commit(int n) throws IOException {
    long commit = (long) n << Integer.SIZE | crc.getValue();
    try {
      memory.putLongNext(BufferFile.COMMIT_AT, commit);
      storedCommit = commit;
    } catch (IOException e) {
      sum(count.get());
      throw e;
    }
    count.lazySet(n);
  }

  private void storeBase() throws IOException {
    if (base == storedBase && before == storedBefore) return;
    memory.put(BufferFile.BEFORE_AT, ByteBuffer.allocate(2 * Long.BYTES).putLong(before).putLong(base).flip());
    storedBase = base;
    storedBefore = before;
  }

  private void sum(int n) {
    BufferFile.seeded(crc, before, base).update(memory.copy().slice(DATA_AT, n));
  }
}
