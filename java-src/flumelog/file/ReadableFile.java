package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file that can be read. Positions are bytes from the start of the file. Every method works on whole ranges: it continues a
 * short read or write of the system until all is done. An interrupt of the calling thread neither stops a method nor closes the
 * file for other threads.
 */
public interface ReadableFile extends Closeable {
  /**
   * Reads until {@code into} is full or the file ends.
   *
   * @param position where to begin
   * @param into the buffer that is filled
   * @return how many bytes were read, 0 at or past the end of the file
   * @throws IOException if a system call fails; never because of the end of the file
   */
  int readAt(long position, ByteBuffer into) throws IOException;

  /**
   * Maps a range of the file into memory. Later writes to the file show in that memory. If another program cuts the file, the
   * bytes that are gone read as any value, and the JVM may throw an {@link InternalError} in a later call of the thread.
   *
   * @param position where the range begins
   * @param bytes how long the range is; all of it must be in the file
   * @return the range, read-only, or null if this file can't be mapped
   * @throws IOException if the system call fails
   */
  default ByteBuffer map(long position, int bytes) throws IOException {
    return null;
  }

  /**
   * Asks the system for the size of the file, since other processes may append to it.
   *
   * @return how many bytes the file has
   * @throws IOException if the system call fails
   */
  long size() throws IOException;

  /**
   * Checks whether the name under which the file was opened still leads to it.
   *
   * @return whether it does; true if the system can't say
   * @throws IOException if a system call fails
   */
  default boolean hasItsName() throws IOException {
    return true;
  }

  /**
   * Finds the file that now has the name under which this one was opened. Only for files that are only read.
   *
   * @return this file if it still has its name; the open other file, which the caller closes; or null if there is none
   * @throws IOException if the other file can't be opened
   */
  default ReadableFile nowUnderItsName() throws IOException {
    return this;
  }

  /**
   * Makes all later reads use another file, which is closed together with this one.
   *
   * @param other a file that {@link #nowUnderItsName} returned
   */
  default void exchangeFor(ReadableFile other) {
    throw new UnsupportedOperationException();
  }
}
