package flumelog.file;

import java.io.Closeable;
import java.io.IOException;

/** A lock that keeps other writers away from a log until the lock is closed. */
public interface WriterLock extends Closeable {
  /** Confirms the lock, and may write a side file to do so. Must be called before the first change to the log. */
  void confirm() throws IOException;

  /**
   * Checks that no other process has the lock: this process may have lost it. If true, no other process can get it from now on.
   *
   * @return false if another process has it
   * @throws IOException if the system can't say
   */
  default boolean isHeld() throws IOException {
    return true;
  }

  /**
   * Wraps the locked file so that changes by other processes are noticed from now on.
   *
   * @param file the locked file; nobody but this writer may have changed it
   * @return a file for the writer; its methods throw if another process has changed the file or taken its name
   * @throws IOException if a system call fails
   */
  default LogFile guard(LogFile file) throws IOException {
    return file;
  }
}
