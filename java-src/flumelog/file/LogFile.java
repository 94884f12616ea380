package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file of a log, and the only way to its bytes on disk. Positions are bytes from the start of the file. Every method works on
 * whole ranges: it continues a short read or write of the system until all is done. An interrupt of the calling thread neither
 * stops a method nor closes the file for other threads.
 */
public interface LogFile extends Closeable {
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
   * Writes bytes at the end of the log.
   *
   * @param end where the log ends; the file may have further bytes there, left by a failed append
   * @param bytes the bytes to write
   * @throws IOException if not all could be written; some may have been
   */
  void append(long end, ByteBuffer bytes) throws IOException;

  /**
   * Writes over bytes that are in the file already.
   *
   * @param position where to begin
   * @param bytes the bytes to write
   * @throws IOException if not all could be written; some may have been
   */
  void overwrite(long position, ByteBuffer bytes) throws IOException;

  /**
   * Cuts the file.
   *
   * @param size how many bytes remain
   * @throws IOException if the system call fails
   */
  void truncate(long size) throws IOException;

  /**
   * Writes appended bytes that the file object still holds back to the file. If that fails, nothing is lost, and the call may be
   * repeated. Most files hold nothing back.
   *
   * @throws IOException if a system call fails
   */
  default void drain() throws IOException {}

  /**
   * Checks that no other process has changed the file or taken its name or its lock, if the system can say so. Called also
   * before a side file is written.
   *
   * @throws flumelog.error.LogException {@code FAILED} if another process has; nothing more can be written to the file then
   * @throws IOException if the system can't say
   */
  default void look() throws IOException {}

  /**
   * Calls {@link #look} unless the last look was a moment ago.
   *
   * @throws flumelog.error.LogException as {@link #look}
   * @throws IOException if the system can't say
   */
  default void lookIfDue() throws IOException {}

  /**
   * Forces the file: returns when the operating system says that all bytes written to the file are on disk.
   *
   * @throws IOException if the system can't put them there; which of them are on disk is then unknown
   */
  void force() throws IOException;

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
  default LogFile nowUnderItsName() throws IOException {
    return this;
  }

  /**
   * Makes all later reads use another file, which is closed together with this one.
   *
   * @param other a file that {@link #nowUnderItsName} returned
   */
  default void exchangeFor(LogFile other) {
    throw new UnsupportedOperationException();
  }

  /**
   * Removes the parts of the file that it has only while the log is open. The caller appends nothing afterwards.
   *
   * @return whether the file was changed; the caller must then force it
   * @throws IOException if a system call fails
   */
  default boolean finish() throws IOException {
    return false;
  }
}
