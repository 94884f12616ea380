package flumelog.file;

import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * Where a log lies: its folder, and its name there; with that the names of all files that may lie beside it.
 *
 * @param folder where the log is
 * @param name of the log in the folder
 */
public record LogPath(LogFolder folder, String name) {
  private static final String LOCK = ".lock";
  private static final String CHECKPOINT = ".checkpoint";
  private static final String DELETIONS = ".deletions";
  private static final String BUFFER = ".buffer";
  private static final String COMPACT_PART = ".compact-part";
  private static final String TORN = ".torn-";
  private static final String LONGEST_END = TORN + "9007199254740991";

  /** A symlink is followed, so that what lies beside the log is the same under each of its names. */
  public static LogPath of(Path path) {
    if (path.startsWith("~")) {
      throw OptionFailures.badArgument("path", path, "spelled out, since Java does not know ~: in place of it write "
          + "(System/getProperty \"user.home\"), or ./~ for a folder of that name");
    }
    Path real = real(path);
    if (real.getFileName() == null) throw OptionFailures.badArgument("path", path, "the path of a file");
    return new LogPath(new DiskFolder(real.getParent()), real.getFileName().toString());
  }

  /** The path, for people. */
  public String path() {
    return folder.path(name);
  }

  /** The path of a file beside the log, for people. */
  public String pathOf(String beside) {
    return folder.path(beside);
  }

  /** The name of the file that a writer of the log has locked. */
  public String lock() {
    return name + LOCK;
  }

  /** The name of the file with the marks. */
  public String checkpoint() {
    return name + CHECKPOINT;
  }

  /** The name of the file with the deletions that are under way. */
  public String deletions() {
    return name + DELETIONS;
  }

  /** The name of the file behind the write buffer. */
  public String buffer() {
    return name + BUFFER;
  }

  /** The name, while it is written, of the file that is to take the place of the log. */
  public String compactPart() {
    return name + COMPACT_PART;
  }

  /** The name of the file with a torn tail that was cut off at a position. */
  public String tornTail(long end) {
    return name + TORN + end;
  }

  /** The name, while it is written, of the file with a torn tail. */
  public String tornPart() {
    return name + TORN + "part";
  }

  /** The name of the log while it is made. */
  public String part() {
    return name + ".part";
  }

  /** The name of the log while it is made as a backup. */
  public String backupPart() {
    return name + ".backup-part";
  }

  public boolean exists() {
    return folder.exists(name);
  }

  /** Throws, where there is no such file, what it may have been meant to be. */
  public void checkExists() {
    if (!exists()) throw DiskFailures.noSuchFile(path(), folder.nearest(name));
  }

  /** Why it can't be opened; where it is missing with the name of one that is much like it. */
  public LogException cannotOpen(IOException e) {
    boolean isMissing = e instanceof NoSuchFileException && !exists();
    return isMissing ? DiskFailures.noSuchFile(path(), folder.nearest(name)) : DiskFailures.cannotOpen(path(), e);
  }

  /** Refuses a name that leaves no room for those of the files beside the log, before anything is made. */
  public void checkName() {
    if (!folder.allows(name + LONGEST_END)) throw OptionFailures.nameTooLong(path(), name, LONGEST_END);
  }

  public Stamp stamp() throws IOException {
    return folder.stamp(name);
  }

  /** Whether there is something of that name that is no file, as a folder or a device. */
  public boolean isNoFile() {
    return folder instanceof DiskFolder && Files.exists(onDisk()) && !Files.isRegularFile(onDisk());
  }

  /** Whether this is the place of the log, or of a file that lies beside it or may come to lie there. */
  public boolean isOneOf(LogPath log) {
    if (!(folder instanceof DiskFolder)) return name.equals(log.name) && folder.equals(log.folder);
    if (isSameFile(onDisk(), log.onDisk())) return true;
    return name.startsWith(log.name) && isEndOfOneBeside(name.substring(log.name.length()))
        && isSameFile(folderOf(onDisk()), folderOf(log.onDisk()));
  }

  private static boolean isEndOfOneBeside(String end) {
    return switch (end) {
      case LOCK, CHECKPOINT, DELETIONS, BUFFER, COMPACT_PART -> true;
      default -> end.startsWith(TORN) || end.startsWith(BUFFER + "-");
    };
  }

  private Path onDisk() {
    return Path.of(folder.path(name));
  }

  private static Path folderOf(Path path) {
    return path.toAbsolutePath().getParent();
  }

  private static boolean isSameFile(Path one, Path other) {
    try {
      return Files.isSameFile(one, other);
    } catch (IOException e) {
      return false; // one of them is not there
    }
  }

  private static Path real(Path path) {
    if (!Files.isSymbolicLink(path)) return path;
    try {
      try {
        return path.toRealPath();
      } catch (NoSuchFileException e) {
        if (Files.exists(path)) return path; // of an open file without a name, as /proc/PID/fd/N: the link itself leads to it
        // It leads to where the file is yet to be made.
        return real(path.resolveSibling(Files.readSymbolicLink(path)));
      }
    } catch (IOException e) {
      return path; // it leads nowhere; opening it says so
    }
  }
}
