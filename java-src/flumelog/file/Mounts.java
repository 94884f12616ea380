package flumelog.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Finds a number that changes when a file system is mounted again. A disk can lose its power, and the bytes that were not forced,
 * while the machine stays on. It must then be mounted again before its files can be read.
 *
 * <p>Linux makes a folder in sysfs for each mount of some file systems, and for each device. It gives the inode number of that
 * folder to nothing else until the machine restarts. All containers of the machine see the same number, which is not true of the
 * numbers of mounts.
 */
final class Mounts {
  private static final String[] WITH_A_FOLDER_FOR_EACH = {"ext4", "xfs", "f2fs"};

  private Mounts() {}

  /** Returns a number that usually changes when the file system of the path is mounted again; 0 if the system can't say. */
  static int stampOf(Path path) {
    try {
      long device = (Long) Files.getAttribute(path, "unix:dev");
      long major = device >>> 8 & 0xFFF | device >>> 32 & ~0xFFFL;
      long minor = device & 0xFF | device >>> 12 & ~0xFFL;
      File folder = major == 0 ? new File("/sys/class/bdi/0:" + minor) : folderOf(major + ":" + minor);
      if (!folder.exists()) return 0;
      int stamp = Long.hashCode((Long) Files.getAttribute(folder.toPath(), "unix:ino"));
      return stamp == 0 ? 1 : stamp;
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return 0; // not Linux, or sysfs is hidden
    }
  }

  private static File folderOf(String device) throws IOException {
    File folder = new File("/sys/dev/block", device).getCanonicalFile();
    for (String fileSystem : WITH_A_FOLDER_FOR_EACH) {
      File mounted = new File("/sys/fs/" + fileSystem, folder.getName());
      if (mounted.exists()) return mounted;
    }
    return folder;
  }

  /** Whether the file is on an overlay file system. */
  static boolean isOverlay(Path path) throws IOException {
    return Files.getFileStore(path).type().contains("overlay");
  }
}
