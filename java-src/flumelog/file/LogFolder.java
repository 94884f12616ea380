package flumelog.file;

import java.io.IOException;

/**
 * The folder with a log and the files beside it, each of which has a name. Tests implement this interface and {@link LogFile} to
 * put a disk of their own in the place of the real one.
 */
public interface LogFolder {
  /**
   * Opens an existing file.
   *
   * @param name name of the file
   * @return the file
   * @throws IOException if it can't be opened, or does not exist
   */
  ReadableFile openForReading(String name) throws IOException;

  /**
   * Opens a file, or creates it if it is missing. Also creates a missing folder, unless a file was opened in that folder before.
   * Names that this creates are durable when it returns.
   *
   * @param name name of the file
   * @return the file
   * @throws IOException if it can't be opened or created
   */
  LogFile openForWriting(String name) throws IOException;

  /**
   * Checks whether a file exists.
   *
   * @param name name of the file
   * @return whether it exists
   */
  boolean exists(String name);

  /**
   * Returns whether a name is that of a folder.
   *
   * @param name name of a file or folder
   * @return false also if there is neither
   */
  default boolean isFolder(String name) {
    return false;
  }

  /**
   * Gives a file another name. A file that has that name already is replaced. The change is durable when this returns.
   *
   * @param from its name
   * @param to its new name
   * @throws IOException if a system call fails
   */
  void rename(String from, String to) throws IOException;

  /**
   * Deletes a file. A process that has it open can use it until it closes it.
   *
   * @param name name of the file
   * @throws IOException if the system call fails
   */
  default void delete(String name) throws IOException {
    throw new IOException("no file can be deleted in this folder");
  }

  /**
   * Gives a file the owner, the group and the permissions of another file. Does nothing if the system has no such attributes.
   *
   * @param name name of the file
   * @param model name of the other file
   * @throws IOException if they can't be given
   */
  default void makeAlike(String name, String model) throws IOException {}

  /**
   * Checks whether a file is a mount point of its own, as a single file that is mounted into a container is. Such a file can't
   * be replaced by renaming, and the folder here has other side files than the folder that the file comes from.
   *
   * @param name name of the file
   * @return whether it is known to be one
   */
  default boolean isMountedAlone(String name) {
    return false;
  }

  /**
   * Creates an empty file if none has the name. It gets the permissions of another file, and its owner and group if this process
   * may set them. At no time can a user read it who can't read the other file. Does nothing if the system has no such
   * attributes.
   *
   * @param name name of the file
   * @param of the folder of the other file
   * @param model name of the other file
   * @throws IOException if it can't be created
   */
  default void createLike(String name, LogFolder of, String model) throws IOException {}

  /**
   * Opens a file beside a log for writing. Creates it as {@link #createLike} does if it is missing.
   *
   * @param name name of the file
   * @param log name of the log
   * @return the file
   * @throws IOException if it can't be opened or created
   */
  default LogFile openBeside(String name, String log) throws IOException {
    createLike(name, this, log);
    return openForWriting(name);
  }

  /**
   * Opens a file as {@link #openBeside} does, for a file that gets its last name by {@link #rename} later. So a name that this creates
   * need not be durable when it returns.
   *
   * @param name name of the file until then
   * @param log name of the log
   * @return the file
   * @throws IOException if it can't be opened or created
   */
  default LogFile openPart(String name, String log) throws IOException {
    return openBeside(name, log);
  }

  /**
   * Creates a file of zeros and maps it into memory for reading and writing. On a full disk usually this call fails, rather than
   * a later store to the memory.
   *
   * @param name name of the file
   * @param bytes how long it is
   * @return the memory
   * @throws NotMappable if the file system can't map files
   * @throws IOException if the file can't be created; it does not exist then
   */
  default SharedMemory share(String name, int bytes) throws IOException {
    throw new IOException("this folder has no shared memory");
  }

  /**
   * Finds a name that no file has.
   *
   * @param wanted the preferred name
   * @return that name, followed by a number if a file has it already
   */
  default String freeName(String wanted) {
    String name = wanted;
    for (int i = 2; exists(name); i++) name = wanted + "." + i;
    return name;
  }

  /**
   * Checks whether the system allows a name. A name may be too long.
   *
   * @param name a name that no file has
   * @return whether a file may have it
   */
  default boolean allows(String name) {
    return true;
  }

  /**
   * Finds the file that was probably meant by a name that no file has.
   *
   * @param name the name
   * @return the most similar name of a file; null if none is similar
   */
  default String nearest(String name) {
    return null;
  }

  /**
   * Returns a number of the file. Only for folders that know nothing else about a file; others implement {@link #stamp}. Side
   * files are not tied to this number: they are tied to the bytes of the log.
   *
   * @param name name of the file
   * @return a number that is the same for all names of one file; 0 if it is not known
   * @throws IOException if a system call fails
   */
  default long identity(String name) throws IOException {
    return 0;
  }

  /**
   * Returns the file system's present facts about a file.
   *
   * @param name name of the file
   * @return its stamp; all fields but {@link #identity} are zero if no more is known
   * @throws IOException if a system call fails
   */
  default Stamp stamp(String name) throws IOException {
    return new Stamp(identity(name), 0, 0, 0, 0);
  }

  /**
   * Returns a number that changes whenever bytes that were not forced may have been lost.
   *
   * @return a number whose upper half changes when the machine restarts, and whose lower half changes when the file system of the
   *     folder is mounted again; a half is 0 if the system can't say
   */
  long boot();

  /**
   * Locks a log against other writers. Writes nothing to disk yet.
   *
   * @param name name of the log
   * @param file the open file of that log
   * @return the lock
   * @throws IOException if a system call fails
   * @throws flumelog.error.LogException {@code LOCKED} if there is another writer
   */
  WriterLock lock(String name, LogFile file) throws IOException;

  /**
   * Returns the path of a file, for messages.
   *
   * @param name name of the file
   * @return its path
   */
  String path(String name);
}
