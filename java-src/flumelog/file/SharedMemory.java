package flumelog.file;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Memory that outlives the process, because it is the content of a file. A process that opens the file finds each byte that was
 * stored, even if this process was killed at any instruction. After a power loss some sectors of the file may be as they were
 * at the last force, and others as they were at any time since.
 *
 * <p>A store may fail without an error: if a page of the file needs a new block while the disk is full, or if another program
 * has cut the file. So each store has to be read back.
 */
public interface SharedMemory {
  /** Accesses eight bytes, big-endian, with one load or store. */
  VarHandle LONGS = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  /** {@return all of the memory, from the first byte of the file on; always the same direct buffer} */
  ByteBuffer bytes();

  /**
   * Forces the memory: returns when all stored bytes are on disk.
   *
   * @throws IOException if the system can't put them there
   */
  void force() throws IOException;

  /**
   * Stores bytes. If the system can't, only some of them or none are stored.
   *
   * @param at the index of the first byte
   * @param from the bytes, from its position to its limit; neither changes
   */
  default void put(int at, ByteBuffer from) {
    bytes().put(at, from, from.position(), from.remaining());
  }

  /**
   * Stores eight bytes with one store, after all earlier stores. If the system can't, does nothing.
   *
   * @param at the index of the first byte
   * @param value the eight bytes, big-endian
   */
  default void putLong(int at, long value) {
    LONGS.setRelease(bytes(), at, value);
  }

  /**
   * Writes bytes to the file with a system call. Unlike a store, it throws if the bytes can't be written.
   *
   * @param at the index of the first byte
   * @param from the bytes, from its position to its limit
   * @throws IOException if the system call fails, or the file is shorter than the memory
   */
  default void write(int at, ByteBuffer from) throws IOException {
    put(at, from);
  }

  /**
   * Checks whether the file behind the memory still exists and was not cut.
   *
   * @return false if it was cut, removed or replaced by another file
   * @throws IOException if a system call fails
   */
  default boolean isWhole() throws IOException {
    return true;
  }
}
