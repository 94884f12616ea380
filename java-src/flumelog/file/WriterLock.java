package flumelog.file;

import java.io.Closeable;
import java.io.IOException;

/** Keeps other writers away from a log until it is closed. */
public interface WriterLock extends Closeable {
  /** Makes the lock firm, which may write a file beside the log: before the first change to the log. */
  void confirm() throws IOException;
}
