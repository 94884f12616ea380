package flumelog.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Tells one mount of a file system from the next. A disk that loses its power alone takes what was not forced with it while the
 * machine goes on; before anybody can read the rest of it, it has to be mounted again.
 *
 * <p>Linux makes a folder of sysfs for each mount of some file systems, and for each device, whose number it gives to nothing else
 * until the machine is started anew. It is the same in all containers of the machine, where numbers of mounts are not.
 */
final class Mounts {
  private static final String[] WITH_A_FOLDER_FOR_EACH = {"ext4", "xfs", "f2fs"};

  private Mounts() {}

  /** A number that as a rule is another one after the file system of the path was mounted anew; 0 where that can't be told. */
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
      return 0; // not Linux, or hidden from us
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
}
