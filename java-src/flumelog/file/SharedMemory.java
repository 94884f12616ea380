package flumelog.file;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that outlives the process: it is at the same time the content of a file, so whoever opens that, also after
 * the process was killed at any instruction, finds each byte that was stored. After a power loss some sectors of the
 * file may be as they were when it was last forced, and others as they were at any time since.
 *
 * <p>A store may not happen: where a page of the file needs a new block and the disk is full, or where somebody has cut the
 * file. So each store has to be read back.
 */
public interface SharedMemory {
  /** Eight bytes in one store, big-endian. */
  VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** {@return all of it, from the first byte of the file on; outside of the heap, the same buffer each time} */
  ByteBuffer bytes();

  /**
   * Returns when all that was stored is on disk.
   *
   * @throws IOException when the system says that it is not
   */
  void force() throws IOException;

  /**
   * Stores bytes, or none or some of them where the system can't.
   *
   * @param at the index of the first
   * @param from the bytes from its position to its limit, neither of which changes
   */
  default void put(int at, ByteBuffer from) {
    bytes().put(at, from, from.position(), from.remaining());
  }

  /**
   * Stores eight bytes at once and after all that was stored before, or does nothing where the system can't.
   *
   * @param at the index of the first
   * @param value big-endian
   */
  default void putLong(int at, long value) {
    LONGS.setRelease(bytes(), at, value);
  }

  /**
   * Writes bytes to the file by a call of the system, which says why a store could not be made.
   *
   * @param at the index of the first
   * @param from the bytes from its position to its limit
   * @throws IOException when the system says no, or where the file is no longer as long as the memory
   */
  default void write(int at, ByteBuffer from) throws IOException {
    put(at, from);
  }

  /**
   * Tells whether the file behind the memory is there as it was made.
   *
   * @return false where somebody has cut the file, removed it or put another one in its place
   * @throws IOException when the system says no
   */
  default boolean isWhole() throws IOException {
    return true;
  }
}
