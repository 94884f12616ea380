package flumelog.file;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A file that can be read and written. All writes of a log go through it. */
public interface LogFile extends ReadableFile {
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
   * Removes the parts of the file that it has only while the log is open. The caller appends nothing afterwards.
   *
   * @return whether the file was changed; the caller must then force it
   * @throws IOException if a system call fails
   */
  default boolean finish() throws IOException {
    return false;
  }
}
