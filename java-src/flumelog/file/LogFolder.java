package flumelog.file;

import java.io.IOException;

/**
 * The folder in which a log and the files beside it lie, each by its name: the seam under which a test can put a disk
 * of its own.
 */
public interface LogFolder {
  /** @throws IOException also when there is no such file */
  LogFile openForReading(String name) throws IOException;

  /** Creates the file where it is missing; a name that it creates is durable when this returns. */
  LogFile openForWriting(String name) throws IOException;

  boolean exists(String name);

  /** Gives a file another name; it is durable when this returns. */
  void rename(String from, String to) throws IOException;

  /** A number that is the same for all names of one file and, as a rule, another one for another file. */
  long identity(String name) throws IOException;

  /** A number that changes when the machine is started anew; 0 where that can't be told. */
  long boot();

  /** Locks the file against other writers; {@code :locked} when there is one. Nothing is written yet. */
  WriterLock lock(String name, LogFile file) throws IOException;

  /** The file's path, for people. */
  String path(String name);
}
