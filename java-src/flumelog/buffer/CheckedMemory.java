package flumelog.buffer;

import flumelog.file.MemoryFault;
import flumelog.file.SharedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Shared memory that checks each store, and a private copy of all that was stored.
 *
 * <p>A store to a mapped page can fail without an error. The page may need a new block while the disk is full, if the file was
 * reflinked or is on btrfs; or another program may have cut the file. So each store is read back. If it did not happen, the
 * bytes are written once more with a system call, which succeeds or says why not. The copy is memory of this process alone, so
 * reading it can't fault, even if the file is gone. All reads use the copy.
 *
 * <p>One thread at a time stores; any number of threads may read the copy.
 */
final class CheckedMemory {
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();
  /** The smallest page that any system has. Bytes within one page are stored either all or not at all. */
  private static final int PAGE_BYTES = 1 << 12;

  private final SharedMemory shared;
  private final ByteBuffer bytes;
  private final ByteBuffer copy;
  /** A view of the copy. Only the thread that stores moves its position. */
  private final ByteBuffer window;

  CheckedMemory(SharedMemory shared) {
    this.shared = shared;
    this.bytes = shared.bytes();
    this.copy = ByteBuffer.allocateDirect(bytes.capacity());
    this.window = copy.duplicate();
  }

  /** Returns all bytes that {@link #put} has stored, at the same indexes. */
  ByteBuffer copy() {
    return copy;
  }

  /**
   * Stores the bytes from the buffer's position to its limit, neither of which changes.
   *
   * @throws IOException if they could not be stored; any part of them may have been
   */
  void put(int at, ByteBuffer from) throws IOException {
    if (isStored(at, from)) return;
    shared.write(at, from.slice());
    if (!isWritten(at, from)) throw notStored(at, from.remaining());
  }

  /**
   * Stores eight bytes with a single store, after all earlier stores.
   *
   * @throws IOException if they could not be stored; the eight bytes that were there before are still there
   */
  void putLong(int at, long value) throws IOException {
    putLong(at, value, true);
  }

  /**
   * Does the same as {@link #putLong(int, long)}, but faster. The value must differ from the one that is there, and the call
   * must follow a {@link #put}, which has shown that the file was not cut. The only failure left is a full disk; the page can
   * still be read then, so reading it back is enough.
   *
   * @throws IOException if they could not be stored; the eight bytes that were there before are still there
   */
  void putLongNext(int at, long value) throws IOException {
    putLong(at, value, false);
  }

  private void putLong(int at, long value, boolean asksVm) throws IOException {
    if (isStored(at, value, asksVm)) return;
    ByteBuffer word = ByteBuffer.allocate(Long.BYTES).putLong(value).flip();
    shared.write(at, word.duplicate());
    if (!isWritten(at, word)) throw notStored(at, Long.BYTES);
  }

  /** Whether the eight bytes at the index are known to differ from the value. False if they can't be read. */
  boolean isOther(int at, long value) {
    try {
      if ((long) SharedMemory.LONGS.getAcquire(bytes, at) == value) return false;
      MemoryFault.raise();
      return (long) SharedMemory.LONGS.getAcquire(bytes, at) != value;
    } catch (InternalError e) {
      return false;
    }
  }

  /** Stores zeros. */
  void wipe(int from, int to) throws IOException {
    for (int at = from; at < to; at += ZEROS.capacity()) {
      put(at, ZEROS.duplicate().limit(Math.min(ZEROS.capacity(), to - at)));
    }
  }

  void force() throws IOException {
    shared.force();
  }

  boolean isWhole() throws IOException {
    return shared.isWhole();
  }

  /**
   * Stores the bytes and reads them back from the memory into the copy. If a page is gone, reading back leaves the old bytes
   * in the copy. So only bytes that change show that the store happened; it is enough that the last ones of each page do. If
   * some of these don't change, all bytes are compared, and the VM is asked for a pending error. The VM is also asked if a
   * store did not happen, so that the error surfaces here and not later in this thread.
   */
  private boolean isStored(int at, ByteBuffer from) {
    try {
      if (!agreesInEachPage(at, from, false)) return isStoredByVm(at, from);
      shared.put(at, from);
      copy.put(at, bytes, at, from.remaining());
      if (agreesInEachPage(at, from, true)) return true;
      MemoryFault.raise();
      return false;
    } catch (InternalError e) {
      return false;
    }
  }

  /** Compares the last bytes that go to each page with the copy. Returns whether they are there in each page, or in none. */
  private boolean agreesInEachPage(int at, ByteBuffer from, boolean isThere) {
    int end = at + from.remaining();
    for (int start = at; start < end; start = start / PAGE_BYTES * PAGE_BYTES + PAGE_BYTES) {
      int to = Math.min(end, start / PAGE_BYTES * PAGE_BYTES + PAGE_BYTES);
      int index = from.position() + to - at;
      boolean isSame = to - start < Long.BYTES ? copy.get(to - 1) == from.get(index - 1)
          : copy.getLong(to - Long.BYTES) == from.getLong(index - Long.BYTES);
      if (isSame != isThere) return false;
    }
    return true;
  }

  private boolean isStoredByVm(int at, ByteBuffer from) {
    try {
      shared.put(at, from);
      boolean isThere = isThere(at, from);
      MemoryFault.raise();
      return isThere;
    } catch (InternalError e) {
      return false;
    }
  }

  private boolean isWritten(int at, ByteBuffer from) {
    try {
      boolean isThere = isThere(at, from);
      MemoryFault.raise();
      return isThere;
    } catch (InternalError e) {
      return false;
    }
  }

  private boolean isThere(int at, ByteBuffer from) {
    copy.put(at, bytes, at, from.remaining());
    return window.limit(at + from.remaining()).position(at).mismatch(from) < 0;
  }

  private boolean isStored(int at, long value, boolean asksVm) {
    try {
      shared.putLong(at, value);
      boolean isThere = (long) SharedMemory.LONGS.getAcquire(bytes, at) == value;
      if (!isThere || asksVm) MemoryFault.raise();
      return isThere;
    } catch (InternalError e) {
      return false;
    }
  }

  private static IOException notStored(int at, int n) {
    return new IOException(n + " bytes at " + at + " of the write buffer could not be stored");
  }
}
