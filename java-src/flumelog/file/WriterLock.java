package flumelog.file;

import java.io.Closeable;
import java.io.IOException;

/** Keeps other writers away from a log until it is closed. */
public interface WriterLock extends Closeable {
  /** Makes the lock firm, which may write a file beside the log: before the first change to the log. */
  void confirm() throws IOException;

  /**
   * Proves that no other process has come to have the lock, which may have been lost; from here on none can get it.
   *
   * @return false when another process has it
   * @throws IOException when the system does not say
   */
  default boolean isHeld() throws IOException {
    return true;
  }

  /**
   * Guards the log's file from here on.
   *
   * @param file the file that is locked, as its writer has left it
   * @return the same file for the writer, which throws where somebody else has changed it, or has its name
   * @throws IOException when the system says no
   */
  default LogFile guard(LogFile file) throws IOException {
    return file;
  }
}
