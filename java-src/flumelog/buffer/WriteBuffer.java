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
 * A log's file that holds back appended bytes in memory that outlives the process, and writes them to the file in large pieces.
 * The memory is the content of a second file, laid out as {@link BufferFile} says. The first append that is held back creates
 * that file. {@link #close} deletes it, unless bytes are left in it. The first append to an empty log is not held back: the
 * buffer is tied to its log by the bytes that the log's file has.
 *
 * <p>One thread at a time appends, overwrites and truncates. Other threads may read, drain and force at the same time.
 */
public final class WriteBuffer implements LogFile {
  /** An append of more than a fourth of the memory is not held back: that would gain nothing. */
  private static final int LONG_PART = 4;

  private final LogPath log;
  private final LogFolder folder;
  private final String name;
  private final LogFile file;
  private final int capacity;
  /** The thread that stores to the memory, or drains it, holds this lock. */
  private final ReentrantLock turn = new ReentrantLock();
  /** Locked for writing while the base of the memory moves; locked for reading while the memory is read. */
  private final StampedLock moving = new StampedLock();
  /** The bytes that are held back, or null while there is no memory. */
  private HeldBytes held;
  /** All bytes of the log below this position are in the file. The held bytes follow. */
  private volatile long base;
  /** Why the file system can't give the memory, or null. */
  private volatile String unmappable;
  private volatile boolean closed;

  /**
   * @param log where the log is
   * @param file the open file of that log; closed together with this
   * @param end where the file ends
   * @param capacity the most bytes that are held back
   * @throws IOException if a system call fails
   */
  public WriteBuffer(LogPath log, LogFile file, long end, int capacity) throws IOException {
    this.log = log;
    this.folder = log.folder();
    this.name = log.buffer();
    this.file = file;
    this.base = end;
    this.capacity = capacity;
  }

  /** {@return the reason of the system why appends are not held back; null if they are} */
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

  /** Drains and wipes the memory first, since it may still have the bytes that are overwritten in the file. */
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

  /** Held bytes below the size stay held. Bytes that a failed drain or append has left in the file are cut off. */
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

  /** Drains first if part of the range is held back, so that the file has all of it. */
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

  /** A process that takes the log over erases the magic of the buffer. Bytes that are added after that would be lost. */
  private void checkNotTaken() throws IOException {
    if (!held.isTaken()) return;
    file.look();
    throw new IOException("another process has taken over its write buffer");
  }

  private int count() {
    HeldBytes now = held;
    return now == null ? 0 : now.count();
  }

  /** Whether appends can be held back. Makes the memory if there is none. */
  private boolean hasMemory() throws IOException {
    if (held != null) return true;
    if (unmappable != null) return false;
    try {
      file.look(); // the name may belong to another log now
      folder.createLike(name, folder, log.name());
      held = HeldBytes.create(folder, name, capacity, base);
      return true;
    } catch (NotMappable e) {
      unmappable = e.getMessage();
      log(folder.path(name) + " can't be mapped into memory (" + unmappable + "), so write-buffer-bytes has no effect here:"
          + " each append is written to the log's file immediately", null);
      return false;
    }
  }

  /**
   * Adds bytes to the memory. On a full disk the bytes that are held already stay in the memory, where they are safe. If the
   * file of the memory was cut, removed or replaced, they are written to the log's file.
   */
  private void hold(ByteBuffer from) throws IOException {
    try {
      held.add(from);
    } catch (IOException e) {
      if (held.isWhole()) throw e;
      drainHeld();
      if (held != null) giveUp(e);
      throw new IOException(folder.path(name) + " was cut, removed or replaced by another program. The bytes that it held are in"
          + " the log's file, the bytes to be appended are not; try again", e);
    }
  }

  private void drainHeld() throws IOException {
    int n = count();
    if (n == 0) return;
    file.append(base, held.bytes());
    moveTo(base + n);
  }

  /** Drops all held bytes and moves the base to the position. Gives the memory up if that can't be stored in it. */
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

  /** Deletes the file of memory in which nothing can be stored any more, and of which no bytes are needed. */
  private void giveUp(IOException fault) throws IOException {
    try {
      removeFile(true);
    } catch (IOException e) {
      fault.addSuppressed(e);
      throw fault;
    }
    held = null;
  }

  /** Returns the memory if wiped bytes may still be on disk in its file; otherwise null. */
  private HeldBytes takeWiped() {
    turn.lock();
    try {
      return held != null && held.takeWiped() ? held : null;
    } finally {
      turn.unlock();
    }
  }

  /** Marks this as closed, so that no other thread uses the memory any more, and returns the memory. */
  private HeldBytes let() {
    long stamp = moving.writeLock();
    HeldBytes was = held;
    closed = true;
    held = null;
    moving.unlockWrite(stamp);
    return was;
  }

  /** Deletes the file of the memory. All its bytes are in the log's file. */
  private void retire(HeldBytes was) {
    was.retire();
    try {
      removeFile(false);
    } catch (IOException e) {
      log(folder.path(name) + ", now empty, can't be deleted", e);
    }
  }

  /**
   * Cuts the file of the memory and deletes it. Cutting frees its space immediately; deleting alone would free it only when no
   * process has the file mapped any more. Readers that have the file open see that it is empty.
   */
  private void removeFile(boolean durably) throws IOException {
    file.look(); // the name may belong to another log now
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
