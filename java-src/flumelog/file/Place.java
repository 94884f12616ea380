package flumelog.file;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where a log lies on disk: its folder, and its name there. */
public record Place(LogFolder folder, String name) {
  /** A symlink is followed, so that what lies beside the log is the same under each of its names. */
  public static Place of(Path path) {
    Path real = path;
    try {
      if (Files.isSymbolicLink(path)) real = path.toRealPath();
    } catch (IOException e) {
      // It leads nowhere (yet); opening it says what is wrong, or makes the file.
    }
    return new Place(new DiskFolder(real.getParent()), String.valueOf(real.getFileName()));
  }
}
