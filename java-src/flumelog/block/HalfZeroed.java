package flumelog.block;

import flumelog.file.LogFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A range of a file that was to be overwritten with zeros when the disk said no, so that it may be so in part: readers are to see
 * zeros in all of it.
 *
 * @param to just past it
 * @param others more such ranges, or null
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

  /** The position of the first byte in the range that is not zero; the end of the range where all are. */
  static long firstNotZero(Bytes bytes, long position, long length) {
    long at = position;
    while (at < position + length && bytes.uint(at, 1) == 0) at++;
    return at;
  }

  /** Whether the file surely has another byte than zero there. */
  static boolean isNotZero(LogFile file, long position) {
    ByteBuffer one = ByteBuffer.allocate(1);
    try {
      return file.readAt(position, one) == 1 && one.get(0) != 0;
    } catch (IOException e) {
      return false;
    }
  }

  /** The same, or throws it where it is another one. */
  static IOException ioException(Throwable t) {
    if (t instanceof RuntimeException e) throw e;
    if (t instanceof Error e) throw e;
    return (IOException) t;
  }

  /** Puts zeros over what was read of these ranges: {@code n} bytes from the position on, which are in the buffer from {@code at} on. */
  void hide(long position, ByteBuffer into, int at, int n) {
    for (HalfZeroed range = this; range != null; range = range.others) {
      long end = Math.min(position + n, range.to);
      for (long p = Math.max(position, range.from); p < end; p++) into.put(at + (int) (p - position), (byte) 0);
    }
  }
}
