package flumelog.file;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The only way to disk. Positions are bytes from the start of the file. Every method works on whole ranges: a short
 * read or write of the system is continued until done, and an interrupt of the calling thread neither stops it nor
 * closes the file for others.
 */
public interface LogFile extends Closeable {
  /**
   * Reads until {@code into} is full or the file ends.
   *
   * @param position where to begin
   * @param into what is read goes here
   * @return how many bytes were read, 0 at or past the end of the file
   * @throws IOException when the system says no; never for the end of the file
   */
  int readAt(long position, ByteBuffer into) throws IOException;

  /**
   * Writes past the end of the log.
   *
   * @param end where the file ends as far as the log knows
   * @param bytes all of them are written
   * @throws IOException when not all could be written; some may have been
   */
  void append(long end, ByteBuffer bytes) throws IOException;

  /**
   * Writes over bytes that are there already.
   *
   * @param position where to begin
   * @param bytes all of them are written
   * @throws IOException when not all could be written; some may have been
   */
  void overwrite(long position, ByteBuffer bytes) throws IOException;

  /**
   * Cuts the file.
   *
   * @param size how many bytes are left
   * @throws IOException when the system says no
   */
  void truncate(long size) throws IOException;

  /**
   * Hands to the system what a file holds back of what was appended. Where that fails nothing is lost, and it may be
   * tried again. Most files hold nothing back.
   *
   * @throws IOException when the system says no
   */
  default void drain() throws IOException {}

  /**
   * Looks whether its writer is still alone with the file, where that can be told: before something is written beside it.
   *
   * @throws flumelog.error.LogException {@code FAILED} when somebody else has changed the file, or has its name or its lock;
   *     nothing more can be written to it then
   * @throws IOException when the system does not say
   */
  default void look() throws IOException {}

  /**
   * The same, where the last look was not a moment ago.
   *
   * @throws flumelog.error.LogException as {@link #look}
   * @throws IOException when the system does not say
   */
  default void lookIfDue() throws IOException {}

  /**
   * Returns when the operating system says that all that it was handed is on disk.
   *
   * @throws IOException when it says that it is not
   */
  void force() throws IOException;

  /**
   * Shows a range of the file as memory, which follows what is written to the file. Where somebody cuts the file, what
   * is gone reads as anything, and the JVM may throw an {@link InternalError} in some later call of the thread.
   *
   * @param position where the range begins
   * @param bytes how long it is; all of it must be in the file
   * @return the range, read-only, or null where the file can't be shown so
   * @throws IOException when the system says no
   */
  default ByteBuffer map(long position, int bytes) throws IOException {
    return null;
  }

  /**
   * Asks the system, since others may append too.
   *
   * @return bytes in the file
   * @throws IOException when the system says no
   */
  long size() throws IOException;

  /**
   * Tells whether the name under which the file was opened still leads to it. What can't be told is taken to be so.
   *
   * @return whether it does
   * @throws IOException when the system does not say
   */
  default boolean hasItsName() throws IOException {
    return true;
  }

  /**
   * Finds the file that has the name of this one by now: for files that are only read.
   *
   * @return this file where it still has its name, another one that the caller closes, or null where there is none
   * @throws IOException when it can't be opened
   */
  default LogFile nowUnderItsName() throws IOException {
    return this;
  }

  /**
   * Has all later reads go to another file, which is closed together with this.
   *
   * @param other one that {@link #nowUnderItsName} gave
   */
  default void exchangeFor(LogFile other) {
    throw new UnsupportedOperationException();
  }

  /**
   * Takes out of the file what is there only while the log is open. The caller forces, and appends no more.
   *
   * @return whether anything was to be done, which is then to be forced
   * @throws IOException when the system says no
   */
  default boolean finish() throws IOException {
    return false;
  }
}
