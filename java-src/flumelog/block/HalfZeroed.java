package flumelog.block;

import flumelog.file.LogFile;
import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A range of a file that was perhaps overwritten with zeros only in part, because the disk failed. Readers must see zeros in all
 * of it.
 *
 * @param from position of the first byte
 * @param to position just past the last byte
 * @param others further such ranges, or null
 */
record HalfZeroed(long from, long to, HalfZeroed others) {
  private static final ByteBuffer ZEROS = ByteBuffer.allocate(1 << 16).asReadOnlyBuffer();

  /** Writes zeros over the range, from its start on. */
  static void overwrite(LogFile file, long position, long length) throws IOException {
    for (long done = 0; done < length; done += ZEROS.capacity()) {
      ByteBuffer zeros = ZEROS.duplicate();
      file.overwrite(position + done, zeros.limit((int) Math.min(ZEROS.capacity(), length - done)));
    }
  }

  /** Returns the position of the first byte in the range that is not zero, or the end of the range if all are zero. */
  static long firstNotZero(Bytes bytes, long position, long length) {
    long at = position;
    while (at < position + length && bytes.uint(at, 1) == 0) at++;
    return at;
  }

  /** Whether the file is known to have another byte than zero at the position. False if it can't be read. */
  static boolean isNotZero(ReadableFile file, long position) {
    try {
      ByteBuffer one = ByteBuffer.allocate(1);
      return file.readAt(position, one) == 1 && one.get(0) != 0;
    } catch (IOException | VirtualMachineError e) {
      return false;
    }
  }

  /** Returns the throwable if it is an IOException, and throws it otherwise. */
  static IOException ioException(Throwable t) {
    if (t instanceof RuntimeException e) throw e;
    if (t instanceof Error e) throw e;
    return (IOException) t;
  }

  /**
   * Puts zeros into a buffer over the bytes of these ranges. The buffer has {@code n} bytes from index {@code at} on, which were
   * read from the position on.
   */
  void hide(long position, ByteBuffer into, int at, int n) {
    for (HalfZeroed range = this; range != null; range = range.others) {
      long end = Math.min(position + n, range.to);
      for (long p = Math.max(position, range.from); p < end; p++) into.put(at + (int) (p - position), (byte) 0);
    }
  }
}
