package flumelog.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Memory that outlives the process: it is at the same time the content of a file, so whoever opens that, also after
 * the process was killed at any instruction, finds each byte that was stored. After a power loss some sectors of the
 * file may be as they were when it was last forced, and others as they were at any time since.
 */
public interface SharedMemory {
  /** {@return all of it, from the first byte of the file on; outside of the heap, the same buffer each time} */
  ByteBuffer bytes();

  /**
   * Returns when all that was stored is on disk.
   *
   * @throws IOException when the system says that it is not
   */
  void force() throws IOException;
}
