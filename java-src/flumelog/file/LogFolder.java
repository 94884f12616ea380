package flumelog.file;

import java.io.IOException;

/**
 * The folder in which a log and the files beside it lie, each by its name: the seam under which a test can put a disk
 * of its own.
 */
public interface LogFolder {
  /**
   * Opens a file that is there.
   *
   * @param name of the file
   * @return the file
   * @throws IOException also when there is no such file
   */
  LogFile openForReading(String name) throws IOException;

  /**
   * Creates the file where it is missing, and the folder before any file was opened in it; names that it creates are
   * durable when this returns.
   *
   * @param name of the file
   * @return the file
   * @throws IOException when it can't be opened or created
   */
  LogFile openForWriting(String name) throws IOException;

  /**
   * Looks for a file.
   *
   * @param name of the file
   * @return whether it is there
   */
  boolean exists(String name);

  /**
   * Gives a file another name, in place of a file that has it; it is durable when this returns.
   *
   * @param from its name
   * @param to its new name
   * @throws IOException when the system says no
   */
  void rename(String from, String to) throws IOException;

  /**
   * Deletes a file; whoever has it open keeps it until then.
   *
   * @param name of the file
   * @throws IOException when the system says no
   */
  default void delete(String name) throws IOException {
    throw new IOException("no file can be deleted in this folder");
  }

  /**
   * Gives a file the owner, the group and the permissions of another, where the system knows such.
   *
   * @param name of the file
   * @param model name of the other
   * @throws IOException when the system says no
   */
  default void makeAlike(String name, String model) throws IOException {}

  /**
   * Tells whether a file is mounted by itself, as into a container: then it has other neighbours here than elsewhere, and
   * can't be replaced.
   *
   * @param name of the file
   * @return whether it is known to be
   */
  default boolean isMountedAlone(String name) {
    return false;
  }

  /**
   * Makes an empty file where none has the name, with the permissions of another, and with its owner and its group where this
   * process may set them. At no time may somebody read it who may not read the other. Does nothing where the system knows
   * none of that.
   *
   * @param name of the file
   * @param of the folder of the other
   * @param model name of the other
   * @throws IOException when it can't be made
   */
  default void createLike(String name, LogFolder of, String model) throws IOException {}

  /**
   * Opens a file beside a log for writing, and creates it as {@link #createLike} does where it is missing.
   *
   * @param name of the file
   * @param log name of the log
   * @return the file
   * @throws IOException when it can't be opened or created
   */
  default LogFile openBeside(String name, String log) throws IOException {
    createLike(name, this, log);
    return openForWriting(name);
  }

  /**
   * Makes a file of zeros whose content is memory at the same time. A full disk fails here as a rule, and not at a store.
   *
   * @param name of the file
   * @param bytes how long it is
   * @return its content
   * @throws NotMappable where the file system has no mapped files
   * @throws IOException when it can't be made; there is no such file then
   */
  default SharedMemory share(String name, int bytes) throws IOException {
    throw new IOException("this folder has no shared memory");
  }

  /**
   * A name that no file has.
   *
   * @param wanted what it should be
   * @return that, with a number behind it where it is taken
   */
  default String freeName(String wanted) {
    String name = wanted;
    for (int i = 2; exists(name); i++) name = wanted + "." + i;
    return name;
  }

  /**
   * Tells whether a file may have a name, which can be too long.
   *
   * @param name that no file has
   * @return whether the system allows it
   */
  default boolean allows(String name) {
    return true;
  }

  /**
   * Looks for the file that was meant where there is none of a name.
   *
   * @param name that no file has
   * @return the name of a file that is much like it; null where there is none
   */
  default String nearest(String name) {
    return null;
  }

  /**
   * A number of the file, for folders that know no more of it than that; others say more by {@link #stamp}. Nothing is
   * bound to it: files beside a log are bound to what the log holds.
   *
   * @param name of the file
   * @return a number that is the same for all names of one file; 0 where none is known
   * @throws IOException when the system says no
   */
  default long identity(String name) throws IOException {
    return 0;
  }

  /**
   * What the file system says of a file now.
   *
   * @param name of the file
   * @return its stamp; one that is all zeros but for {@link #identity} where no more is known
   * @throws IOException when the system says no
   */
  default Stamp stamp(String name) throws IOException {
    return new Stamp(identity(name), 0, 0, 0, 0);
  }

  /**
   * Tells when what was not forced may be lost.
   *
   * @return a number of which the upper half changes when the machine is started anew, and the lower half when the file system of
   *     the folder is mounted anew; each half is 0 where that can't be told
   */
  long boot();

  /**
   * Locks the file against other writers. Nothing is written yet.
   *
   * @param name of the file
   * @param file the same, open
   * @return the lock
   * @throws IOException when the system says no
   * @throws flumelog.error.LogException {@code LOCKED} when there is another writer
   */
  WriterLock lock(String name, LogFile file) throws IOException;

  /**
   * The file's path, for people.
   *
   * @param name of the file
   * @return its path
   */
  String path(String name);
}
