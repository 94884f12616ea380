package flumelog.file;

import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Where a log is: its folder, and its name in the folder. It knows the names of all files that may lie beside the log.
 *
 * @param folder the folder of the log
 * @param name the name of the log in the folder
 */
public record LogPath(LogFolder folder, String name) {
  private static final String LOCK = ".lock";
  private static final String CHECKPOINT = ".checkpoint";
  private static final String DELETIONS = ".deletions";
  private static final String BUFFER = ".buffer";
  private static final String COMPACT_PART = ".compact-part";
  private static final String MOVES = ".moves";
  private static final String MOVES_PART = ".moves-part";
  private static final String TREE = ".tree";
  private static final String TORN = ".torn-";
  private static final String LONGEST_END = TORN + "9007199254740991";

  /** Checks that both are there. */
  public LogPath {
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(name, "name");
  }

  /** As {@link #of(Path, String)} for an argument that is called path. */
  public static LogPath of(Path path) {
    return of(path, "path");
  }

  /**
   * Makes the LogPath of a path. A symlink is followed, so that all names of a log have the same side files.
   *
   * @param argument how the caller calls the path, for messages
   */
  public static LogPath of(Path path, String argument) {
    Objects.requireNonNull(path, argument);
    if (path.getFileSystem() != FileSystems.getDefault()) {
      throw OptionFailures.badArgument(argument, path, "a path of the default file system");
    }
    if (path.startsWith("~")) {
      throw OptionFailures.badArgument(argument, path, "spelled out, since Java does not know ~: in place of it write "
          + "what the system property user.home says, or ./~ for a folder of that name");
    }
    Path real = real(path);
    if (real.getFileName() == null) throw OptionFailures.badArgument(argument, path, "the path of a file");
    return new LogPath(new DiskFolder(real.getParent()), real.getFileName().toString());
  }

  /** The path of the log, for messages. */
  public String path() {
    return folder.path(name);
  }

  /** The path of a file beside the log, for messages. */
  public String pathOf(String beside) {
    return folder.path(beside);
  }

  /** The name of the file that a writer of the log locks. */
  public String lock() {
    return name + LOCK;
  }

  /** The name of the file with the marks. */
  public String checkpoint() {
    return name + CHECKPOINT;
  }

  /** The name of the file that notes deletions while they are under way. */
  public String deletions() {
    return name + DELETIONS;
  }

  /** The name of the file behind the write buffer. */
  public String buffer() {
    return name + BUFFER;
  }

  /** The name of the compacted log until it is complete and replaces the log. */
  public String compactPart() {
    return name + COMPACT_PART;
  }

  /** The name of the file that says where the records went when the log was compacted. */
  public String moves() {
    return name + MOVES;
  }

  /** The name of that file until it is complete. */
  public String movesPart() {
    return name + MOVES_PART;
  }

  /** The name of the file with nodes of the tree of a sealed log. */
  public String tree() {
    return name + TREE;
  }

  /** The name of the file with a torn tail that was cut off at a position. */
  public String tornTail(long end) {
    return name + TORN + end;
  }

  /** The name of the file with a torn tail until that file is complete. */
  public String tornPart() {
    return name + TORN + "part";
  }

  /** The name of a new log until it is complete. */
  public String part() {
    return name + ".part";
  }

  /** The name of a new backup until it is complete. */
  public String backupPart() {
    return name + ".backup-part";
  }

  public boolean exists() {
    return folder.exists(name);
  }

  /** Throws if there is no such file. The error names the file that was probably meant. */
  public void checkExists() {
    if (!exists()) throw DiskFailures.noSuchFile(path(), folder.nearest(name));
  }

  /** Makes the error for a log that can't be opened. If it is missing, the error names the file that was probably meant. */
  public LogException cannotOpen(IOException e) {
    boolean isMissing = e instanceof NoSuchFileException && !exists();
    return isMissing ? DiskFailures.noSuchFile(path(), folder.nearest(name)) : DiskFailures.cannotOpen(path(), e);
  }

  /** Refuses a name so long that the names of side files would be too long. Must be called before any file is created. */
  public void checkName() {
    if (!folder.allows(name + LONGEST_END)) throw OptionFailures.nameTooLong(path(), name, LONGEST_END);
  }

  public Stamp stamp() throws IOException {
    return folder.stamp(name);
  }

  /** Whether the name belongs to something that is not a file, such as a folder or a device. */
  public boolean isNoFile() {
    return folder instanceof DiskFolder && Files.exists(onDisk()) && !Files.isRegularFile(onDisk());
  }

  /** Whether this is the path of the given log, or the path of one of its side files, which need not exist. */
  public boolean isOneOf(LogPath log) {
    if (!(folder instanceof DiskFolder)) return name.equals(log.name) && folder.equals(log.folder);
    if (isSameFile(onDisk(), log.onDisk())) return true;
    return name.startsWith(log.name) && isEndOfOneBeside(name.substring(log.name.length()))
        && isSameFile(folderOf(onDisk()), folderOf(log.onDisk()));
  }

  private static boolean isEndOfOneBeside(String end) {
    return switch (end) {
      case LOCK, CHECKPOINT, DELETIONS, BUFFER, COMPACT_PART, MOVES, MOVES_PART, TREE -> true;
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
      return false; // one of them is missing
    }
  }

  private static Path real(Path path) {
    if (!Files.isSymbolicLink(path)) return path;
    try {
      try {
        return path.toRealPath();
      } catch (NoSuchFileException e) {
        if (Files.exists(path)) return path; // an open file without a name, as /proc/PID/fd/N: only the link itself leads to it
        // The link leads to a file that does not exist yet.
        return real(path.resolveSibling(Files.readSymbolicLink(path)));
      }
    } catch (IOException e) {
      return path; // the link leads nowhere; opening the path will throw
    }
  }
}
