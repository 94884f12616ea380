package flumelog.buffer;

import flumelog.file.LogFolder;
import flumelog.file.NotMappable;
import flumelog.file.SharedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.CRC32C;

/**
 * The bytes of a log that its {@link WriteBuffer} holds back. They are the bytes of the log from a position on, which is called
 * the base. They are in shared memory, laid out as {@link BufferFile} says, so that the log can be opened with them after this
 * process was killed. This process reads a private copy, which can't fault.
 *
 * <p>One thread at a time changes them; any number of threads may read.
 */
final class HeldBytes {
  private static final int DATA_AT = BufferFile.HEADER_BYTES;

  private final CheckedMemory memory;
  private final CRC32C crc = new CRC32C();
  /** How many bytes are held. It is set after the bytes are stored, so a reader that sees the count sees the bytes too. */
  private final AtomicInteger count = new AtomicInteger();
  private long base;
  /** The checksum of the last bytes of the log's file below the base: see {@link BufferFile#before}. */
  private long before;
  /** The commit, base and checksum that the shared memory has. The last two may be old while nothing is committed. */
  private long storedCommit;
  private long storedBase;
  private long storedBefore;
  /** How many bytes of the memory, from the first on, may have bytes of the log in them, held now or earlier. */
  private int used;
  private boolean wiped;

  private HeldBytes(CheckedMemory memory, long base) {
    this.memory = memory;
    this.storedBase = base;
    this.base = base;
  }

  /**
   * Creates the file behind the shared memory.
   *
   * @param capacity the most bytes that can be held
   * @throws NotMappable if the file system can't map files into memory
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

  /** Returns all bytes that are held. */
  ByteBuffer bytes() {
    return memory.copy().slice(DATA_AT, count.get());
  }

  /** Reads bytes from the given index on. Returns how many were read. */
  int read(int from, ByteBuffer into) {
    int n = Math.min(into.remaining(), count.get() - from);
    if (n <= 0) return 0;
    into.put(into.position(), memory.copy(), DATA_AT + from, n).position(into.position() + n);
    return n;
  }

  /** Sets the checksum of the log's file below the base. Must be called before the first bytes are added at a base. */
  void tieTo(long now) {
    before = now;
    BufferFile.seeded(crc, before, base);
  }

  /**
   * Adds bytes. The bytes are stored first and the commit last. If the process is killed in between, nothing was appended.
   *
   * @throws IOException if they could not be stored; the bytes that were held before are still held
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
   * Drops all bytes but the first {@code n}.
   *
   * @throws IOException if that could not be stored; all bytes are still held
   */
  void keepOnly(int n) throws IOException {
    sum(n);
    commit(n);
  }

  /**
   * Drops all bytes and moves the base. The commit in the shared memory is set to zero before the base changes, so that no
   * reader pairs old bytes with the new base.
   *
   * @throws IOException if that could not be stored; all bytes are still held
   */
  void moveTo(long next) throws IOException {
    if (storedCommit != 0) memory.putLong(BufferFile.COMMIT_AT, 0);
    storedCommit = 0;
    count.set(0);
    base = next;
  }

  /** Overwrites all bytes that were ever held with zeros. Must be called only while nothing is held. */
  void wipe() throws IOException {
    if (used == 0) return;
    memory.wipe(DATA_AT, DATA_AT + used);
    used = 0;
    wiped = true;
  }

  /** Whether wiped bytes may still be on disk. If true, the caller must force this memory; the next call returns false. */
  boolean takeWiped() {
    boolean was = wiped;
    wiped = false;
    return was;
  }

  void force() throws IOException {
    memory.force();
  }

  /** Whether another process has erased the magic. */
  boolean isTaken() {
    return memory.isOther(0, BufferFile.MAGIC);
  }

  /** Whether the file behind the memory still exists and was not cut. */
  boolean isWhole() throws IOException {
    return memory.isWhole();
  }

  /** Erases the magic, so that the file is no longer a write buffer. Does nothing if that can't be stored. */
  void retire() {
    try {
      memory.putLong(0, 0L);
    } catch (IOException e) {
      // That does no harm: the file is deleted next. Until then it has no bytes, or only such as the log's file has too.
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
