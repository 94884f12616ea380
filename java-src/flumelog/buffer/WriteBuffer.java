package flumelog.buffer;

import flumelog.error.Diagnostics;
import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import flumelog.file.LogPath;
import flumelog.file.NotMappable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;

/**
 * A log's file that holds back what is appended, in memory that outlives the process, and hands it to the system in large
 * pieces. Laid out as {@link BufferFile} says; the file behind the memory is made by the first append that is held back,
 * and gone after {@link #close}, unless something is left in it. The first append to an empty log is not held back, so that
 * there is something in the log's file to which the buffer is tied.
 *
 * <p>One thread at a time appends, overwrites and truncates; others may read, drain and force meanwhile.
 */
public final class WriteBuffer implements LogFile {
  /** An append of more than this part of the memory gains nothing by being held back. */
  private static final int LONG_PART = 4;

  private final LogPath log;
  private final LogFolder folder;
  private final String name;
  private final LogFile file;
  private final int capacity;
  /** Held by whoever stores to the memory, or drains it. */
  private final ReentrantLock turn = new ReentrantLock();
  /** Held for writing while the memory comes to stand for other bytes of the log. */
  private final StampedLock moving = new StampedLock();
  /** Null while there is no memory. */
  private HeldBytes held;
  /** Everything below is in the file; what is held comes next. */
  private volatile long base;
  /** Why there can be no memory, or null. */
  private volatile String unmappable;
  private volatile boolean closed;

  /**
   * @param log where the log is
   * @param file the same, open; closed together with this
   * @param end where the file ends
   * @param capacity most bytes that are held back
   * @throws IOException when the system says no
   */
  public WriteBuffer(LogPath log, LogFile file, long end, int capacity) throws IOException {
    this.log = log;
    this.folder = log.folder();
    this.name = log.buffer();
    this.file = file;
    this.base = end;
    this.capacity = capacity;
  }

  /** {@return why appends are not held back, as the system says it, or null where they are} */
  public String unmappable() {
    return unmappable;
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
      HeldBytes now = held;
      return n < start || now == null ? n : n + now.read((int) (position + n - base), into);
    } finally {
      moving.unlockRead(stamp);
    }
  }

  @Override
  public void append(long end, ByteBuffer from) throws IOException {
    int n = from.remaining();
    turn.lock();
    try {
      boolean isHeld = n <= capacity / LONG_PART && end > 0 && hasMemory();
      if (isHeld) checkNotTaken();
      if (!isHeld || n > capacity - count()) drainHeld();
      if (isHeld && held != null) {
        if (count() == 0) held.tieTo(BufferFile.before(file, base));
        hold(from);
      } else {
        file.append(end, from);
        moveTo(end + n);
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
      else if (size < base + count()) held.keepOnly((int) (size - base));
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
  public void lookIfDue() throws IOException {
    file.lookIfDue();
  }

  @Override
  public void force() throws IOException {
    HeldBytes toForce = takeWiped();
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
    return base + count();
  }

  @Override
  public void close() throws IOException {
    turn.lock();
    try (file) {
      if (closed) return;
      boolean isEmpty = count() == 0;
      HeldBytes was = let();
      if (was != null && isEmpty) retire(was);
    } finally {
      turn.unlock();
    }
  }

  /** Whoever takes the log over takes the magic away: what is held later would be lost. */
  private void checkNotTaken() throws IOException {
    if (!held.isTaken()) return;
    file.look();
    throw new IOException("its write buffer was taken away by somebody else");
  }

  private int count() {
    HeldBytes now = held;
    return now == null ? 0 : now.count();
  }

  /** Whether appends can be held back; makes the memory where there is none. */
  private boolean hasMemory() throws IOException {
    if (held != null) return true;
    if (unmappable != null) return false;
    try {
      file.look(); // its name may lead to another log by now
      folder.createLike(name, folder, log.name());
      held = HeldBytes.create(folder, name, capacity, base);
      return true;
    } catch (NotMappable e) {
      unmappable = e.getMessage();
      log(folder.path(name) + " can't be mapped into memory (" + unmappable + "), so :write-buffer-bytes does nothing here:"
          + " what is appended goes to the log's file at once", null);
      return false;
    }
  }

  /** On a full disk what is held stays in the memory, where it is safe; from a file that was cut it goes to the log's. */
  private void hold(ByteBuffer from) throws IOException {
    try {
      held.add(from);
    } catch (IOException e) {
      if (held.isWhole()) throw e;
      drainHeld();
      if (held != null) giveUp(e);
      throw new IOException(folder.path(name) + " was cut, removed or replaced by somebody else. What it held is in the"
          + " log's file, what was to be appended is not; try again", e);
    }
  }

  private void drainHeld() throws IOException {
    int n = count();
    if (n == 0) return;
    file.append(base, held.bytes());
    moveTo(base + n);
  }

  /** Nothing is held, and what comes next is for the position. Memory that can't be told so is given up. */
  private void moveTo(long position) throws IOException {
    long stamp = moving.writeLock();
    try {
      tell(position);
      base = position;
    } finally {
      moving.unlockWrite(stamp);
    }
  }

  private void tell(long position) throws IOException {
    try {
      if (held != null) held.moveTo(position);
    } catch (IOException e) {
      giveUp(e);
    }
  }

  private void wipe() throws IOException {
    try {
      if (held != null) held.wipe();
    } catch (IOException e) {
      giveUp(e);
    }
  }

  /** Memory in which nothing can be stored, and of which nothing is needed: its file goes, and its content with it. */
  private void giveUp(IOException fault) throws IOException {
    try {
      removeFile(true);
    } catch (IOException e) {
      fault.addSuppressed(e);
      throw fault;
    }
    held = null;
  }

  /** The memory where what was wiped may still be on disk, or null. */
  private HeldBytes takeWiped() {
    turn.lock();
    try {
      return held != null && held.takeWiped() ? held : null;
    } finally {
      turn.unlock();
    }
  }

  /** Closes; from here on nobody touches the memory, which is what this returns. */
  private HeldBytes let() {
    long stamp = moving.writeLock();
    HeldBytes was = held;
    closed = true;
    held = null;
    moving.unlockWrite(stamp);
    return was;
  }

  /** All of it is in the log. */
  private void retire(HeldBytes was) {
    was.retire();
    try {
      removeFile(false);
    } catch (IOException e) {
      log(folder.path(name) + ", now empty, can't be deleted", e);
    }
  }

  /** The room is given back at once, not when the last reference to the memory has gone; readers see that it is empty. */
  private void removeFile(boolean durably) throws IOException {
    file.look(); // its name may lead to another log by now
    if (!folder.exists(name)) return;
    try (LogFile side = folder.openForWriting(name)) {
      side.truncate(0);
      if (durably) side.force();
    }
    folder.delete(name);
  }

  private static void log(String said, IOException cause) {
    Diagnostics.write(System.Logger.Level.WARNING, said, cause);
  }
}
