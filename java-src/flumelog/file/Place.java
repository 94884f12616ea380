package flumelog.file;

import flumelog.error.OptionFailures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Where a log lies on disk: its folder, and its name there. */
public record Place(LogFolder folder, String name) {
  /** A symlink is followed, so that what lies beside the log is the same under each of its names. */
  public static Place of(Path path) {
    if (path.startsWith("~")) {
      throw OptionFailures.badArgument("path", path, "spelled out, since Java does not know ~: in place of it write "
          + "(System/getProperty \"user.home\"), or ./~ for a folder of that name");
    }
    Path real = real(path);
    if (real.getFileName() == null) throw OptionFailures.badArgument("path", path, "the path of a file");
    return new Place(new DiskFolder(real.getParent()), real.getFileName().toString());
  }

  /** Whether there is something of that name that is no file, as a folder or a device. */
  public boolean isNoFile() {
    return folder instanceof DiskFolder && Files.exists(path()) && !Files.isRegularFile(path());
  }

  /** Whether this is the place of the log, or of a file that lies beside it or may come to lie there. */
  public boolean isOneOf(Place log) {
    if (!(folder instanceof DiskFolder)) return name.equals(log.name) && folder.equals(log.folder);
    if (isSameFile(path(), log.path())) return true;
    return name.startsWith(log.name) && isEndOfOneBeside(name.substring(log.name.length()))
        && isSameFile(folderOf(path()), folderOf(log.path()));
  }

  private static boolean isEndOfOneBeside(String end) {
    return switch (end) {
      case ".lock", ".checkpoint", ".deletions", ".buffer", ".compact-part" -> true;
      default -> end.startsWith(".torn-") || end.startsWith(".buffer-");
    };
  }

  private Path path() {
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
