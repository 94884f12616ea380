package flumelog.file;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;
import java.util.zip.CRC32C;

/**
 * A log's file that holds back what is appended, in memory that outlives the process, and hands it to the system in large
 * pieces. Laid out as {@link BufferFile} says; the file behind the memory is made by the first append that is held back,
 * and gone after {@link #close}, unless something is left in it.
 *
 * <p>One thread at a time appends, overwrites and truncates; others may read, drain and force meanwhile.
 */
public final class WriteBuffer implements LogFile {
  private static final VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();
  private static final int DATA_AT = BufferFile.HEADER_BYTES;
  /** An append of more than this part of the memory gains nothing by being held back. */
  private static final int LONG_PART = 4;

  private final LogFolder folder;
  private final String name;
  private final long identity;
  private final LogFile file;
  private final int capacity;
  /** Held by whoever stores to the memory, or drains it. */
  private final ReentrantLock turn = new ReentrantLock();
  /** Held for writing while the memory comes to stand for other bytes of the log. */
  private final StampedLock moving = new StampedLock();
  private final CRC32C crc = new CRC32C();
  private SharedMemory memory;
  /** The content of the memory, or null while there is none. */
  private ByteBuffer bytes;
  /** Everything below is in the file; what is held comes next. */
  private volatile long base;
  /** How much of the memory has old bytes of the log in it. */
  private int used;
  private boolean wiped;
  private volatile boolean closed;

  /**
   * @param folder where the log is
   * @param log its name
   * @param file the same, open; closed together with this
   * @param end where the file ends
   * @param capacity most bytes that are held back
   * @throws IOException when the system says no
   */
  public WriteBuffer(LogFolder folder, String log, LogFile file, long end, int capacity) throws IOException {
    this.folder = folder;
    this.name = nameFor(log);
    this.identity = folder.identity(log);
    this.file = file;
    this.base = end;
    this.capacity = capacity;
  }

  static String nameFor(String log) {
    return log + ".buffer";
  }

  @Override
  public int readAt(long position, ByteBuffer into) throws IOException {
    if (position + into.remaining() <= base) return file.readAt(position, into);
    long stamp = moving.readLock();
    try {
      if (closed) throw new ClosedChannelException();
      int start = (int) Math.min(into.remaining(), Math.max(0, base - position));
      int n = start == 0 ? 0 : file.readAt(position, into.slice(into.position(), start));
      into.position(into.position() + n);
      return n < start ? n : n + readHeld(position + n, into);
    } finally {
      moving.unlockRead(stamp);
    }
  }

  @Override
  public void append(long end, ByteBuffer from) throws IOException {
    int n = from.remaining();
    turn.lock();
    try {
      if (n > capacity / LONG_PART) {
        drainHeld();
        file.append(end, from);
        moveTo(end + n);
      } else {
        if (bytes == null) share();
        checkNotTaken();
        if (n > capacity - held()) drainHeld();
        hold(from, n);
      }
    } finally {
      turn.unlock();
    }
  }

  /** Drains first, and wipes the memory: what was there may be what is overwritten. */
  @Override
  public void overwrite(long position, ByteBuffer over) throws IOException {
    turn.lock();
    try {
      drainHeld();
      wipe();
      file.overwrite(position, over);
    } finally {
      turn.unlock();
    }
  }

  /** What is held below the size stays held; what a drain or an append that failed has left in the file is cut. */
  @Override
  public void truncate(long size) throws IOException {
    turn.lock();
    try {
      if (size < base) moveTo(size);
      else if (size < base + held()) holdOnly((int) (size - base));
      file.truncate(Math.min(size, base));
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void drain() throws IOException {
    turn.lock();
    try {
      if (closed) throw new ClosedChannelException();
      drainHeld();
    } finally {
      turn.unlock();
    }
  }

  @Override
  public void look() throws IOException {
    file.look();
  }

  @Override
  public void force() throws IOException {
    SharedMemory toForce = takeWiped();
    if (toForce != null) toForce.force();
    file.force();
  }

  /** In the file by then is all of the range. */
  @Override
  public ByteBuffer map(long position, int length) throws IOException {
    if (position + length > base) drain();
    return file.map(position, length);
  }

  @Override
  public boolean finish() throws IOException {
    turn.lock();
    try {
      drainHeld();
      return file.finish();
    } finally {
      turn.unlock();
    }
  }

  @Override
  public long size() {
    return base + held();
  }

  @Override
  public void close() throws IOException {
    turn.lock();
    try (file) {
      if (closed) return;
      boolean isEmpty = held() == 0;
      ByteBuffer was = let();
      if (was != null && isEmpty) retire(was);
    } finally {
      turn.unlock();
    }
  }

  /** Whoever takes the log over takes the magic away: what is held later would be lost. */
  private void checkNotTaken() throws IOException {
    if ((long) LONGS.getAcquire(bytes, 0) == BufferFile.MAGIC) return;
    file.look();
    throw new IOException("its write buffer was taken away by somebody else");
  }

  private void share() throws IOException {
    file.look(); // its name may lead to another log by now
    memory = folder.share(name, DATA_AT + capacity);
    bytes = memory.bytes();
    bytes.putLong(BufferFile.IDENTITY_AT, identity);
    bytes.putLong(BufferFile.BASE_AT, base);
    BufferFile.seeded(crc, identity, base);
    LONGS.setRelease(bytes, 0, BufferFile.MAGIC);
  }

  private int held() {
    ByteBuffer now = bytes;
    return now == null ? 0 : (int) ((long) LONGS.getAcquire(now, BufferFile.COMMIT_AT) >>> Integer.SIZE);
  }

  private int readHeld(long position, ByteBuffer into) {
    int from = (int) (position - base);
    int n = Math.min(into.remaining(), held() - from);
    if (n <= 0) return 0;
    into.put(into.position(), bytes, DATA_AT + from, n).position(into.position() + n);
    return n;
  }

  /** First the bytes, then the commit, so that a process killed in between has not appended. */
  private void hold(ByteBuffer from, int n) {
    int at = held();
    bytes.put(DATA_AT + at, from, from.position(), n);
    crc.update(from);
    used = Math.max(used, at + n);
    commit(at + n);
  }

  private void commit(int n) {
    LONGS.setRelease(bytes, BufferFile.COMMIT_AT, (long) n << Integer.SIZE | crc.getValue());
  }

  private void drainHeld() throws IOException {
    int n = held();
    if (n == 0) return;
    file.append(base, bytes.slice(DATA_AT, n));
    moveTo(base + n);
  }

  /** Nothing is held, and what comes next is for the position: in that order, so that nothing held has another base. */
  private void moveTo(long position) {
    long stamp = moving.writeLock();
    if (bytes != null) {
      LONGS.setRelease(bytes, BufferFile.COMMIT_AT, 0L);
      LONGS.setRelease(bytes, BufferFile.BASE_AT, position);
      BufferFile.seeded(crc, identity, position);
    }
    base = position;
    moving.unlockWrite(stamp);
  }

  private void holdOnly(int n) {
    BufferFile.seeded(crc, identity, base).update(bytes.slice(DATA_AT, n));
    commit(n);
  }

  private void wipe() {
    if (used == 0) return;
    for (int at = 0; at < used; at += ZEROS.capacity()) {
      bytes.put(DATA_AT + at, ZEROS, 0, Math.min(ZEROS.capacity(), used - at));
    }
    used = 0;
    wiped = true;
  }

  /** The memory where what was wiped may still be on disk, or null. */
  private SharedMemory takeWiped() {
    turn.lock();
    try {
      boolean was = wiped;
      wiped = false;
      return was ? memory : null;
    } finally {
      turn.unlock();
    }
  }

  /** Closes; from here on nobody touches the memory, which is what this returns. */
  private ByteBuffer let() {
    long stamp = moving.writeLock();
    ByteBuffer was = bytes;
    closed = true;
    bytes = null;
    memory = null;
    moving.unlockWrite(stamp);
    return was;
  }

  /** All of it is in the log. The room is given back at once, not when the last reference to the memory has gone. */
  private void retire(ByteBuffer was) {
    LONGS.setRelease(was, 0, 0L);
    try {
      file.look();
      if (!folder.exists(name)) return;
      try (LogFile side = folder.openForWriting(name)) {
        side.truncate(0);
      }
      folder.delete(name);
    } catch (IOException e) {
      System.getLogger("flumelog").log(System.Logger.Level.WARNING, folder.path(name) + ", now empty, can't be deleted", e);
    }
  }
}
