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
  /** Reads until {@code into} is full or the file ends; returns the bytes read, 0 at or past the end of the file. */
  int readAt(long position, ByteBuffer into) throws IOException;

  /** Writes all of {@code bytes} from {@code end} on, where the file ends as far as the log knows. */
  void append(long end, ByteBuffer bytes) throws IOException;

  /** Writes all of {@code bytes} over bytes that are there already. */
  void overwrite(long position, ByteBuffer bytes) throws IOException;

  /** Cuts the file to {@code size} bytes. */
  void truncate(long size) throws IOException;

  /** Returns when the operating system says that all that was written is on disk. */
  void force() throws IOException;

  long size() throws IOException;
}
