package flumelog.buffer;

import flumelog.file.MemoryFault;
import flumelog.file.SharedMemory;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Shared memory in which each store is known to have happened when its method returns, and a copy of what was stored.
 *
 * <p>A store to a mapped page can fail where no call could say so: the page needs a block and the disk is full (a file that
 * was reflinked or is on btrfs), or the file was cut. So each store is read back. One that is not there is made once more
 * by a call of the system, which succeeds or says why not. The copy is memory of this process alone, which can't fault: it
 * is what is read from here on, also where the file is gone.
 *
 * <p>One thread at a time stores; any number may read the copy.
 */
final class CheckedMemory {
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(1 << 16).asReadOnlyBuffer();
  /** The smallest page of a system: what lies within one is stored as a whole or not at all. */
  private static final int PAGE_BYTES = 1 << 12;

  private final SharedMemory shared;
  private final ByteBuffer bytes;
  private final ByteBuffer copy;
  /** The same bytes as the copy, with a position that only the thread that stores moves. */
  private final ByteBuffer window;

  CheckedMemory(SharedMemory shared) {
    this.shared = shared;
    this.bytes = shared.bytes();
    this.copy = ByteBuffer.allocateDirect(bytes.capacity());
    this.window = copy.duplicate();
  }

  /** All that was stored by {@link #put}, at the same indexes. */
  ByteBuffer copy() {
    return copy;
  }

  /**
   * Stores the bytes from the buffer's position to its limit, neither of which changes.
   *
   * @throws IOException when they could not be stored; any part of them may be there
   */
  void put(int at, ByteBuffer from) throws IOException {
    if (isStored(at, from)) return;
    shared.write(at, from.slice());
    if (!isWritten(at, from)) throw notStored(at, from.remaining());
  }

  /**
   * Stores eight bytes at once, after all that was stored before.
   *
   * @throws IOException when they could not be stored; what was there before is there
   */
  void putLong(int at, long value) throws IOException {
    putLong(at, value, true);
  }

  /**
   * The same, and faster, for another value than what is there and right after a {@link #put}, which has shown that the file
   * was not cut: a page without room, which is what is left to go wrong, can be read.
   *
   * @throws IOException when they could not be stored; what was there before is there
   */
  void putLongNext(int at, long value) throws IOException {
    putLong(at, value, false);
  }

  private void putLong(int at, long value, boolean asksVm) throws IOException {
    if (isStored(at, value, asksVm)) return;
    ByteBuffer written = ByteBuffer.allocate(Long.BYTES).putLong(value).flip();
    shared.write(at, written.duplicate());
    if (!isWritten(at, written)) throw notStored(at, Long.BYTES);
  }

  /** Whether eight bytes are known to be others than this value: not where they can't be read. */
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
   * The copy is read back from the memory. Where a page is gone that leaves what the copy had before, so only bytes that
   * change show what happened: the last ones in each page do. Where they do not change, all are compared and the VM is asked,
   * as it is where they are not there, so that the error that is left for this thread goes no further.
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

  /** Whether the copy has the last bytes that go to each page, in each of them, or in none. */
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
