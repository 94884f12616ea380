package flumelog.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Asks Linux for files that are mount points. On other systems nothing is known of them. */
final class MountPoint {
  /** The index of the field with the mount point in a line of mountinfo, counted from 0. */
  private static final int POINT = 4;

  private MountPoint() {}

  /** Whether a file is a mount point of its own, as a single file that is mounted into a container is. */
  static boolean is(Path file) {
    try {
      String point = escaped(file.toRealPath().toString());
      String mounts = new String(Files.readAllBytes(Path.of("/proc/self/mountinfo")), StandardCharsets.UTF_8);
      for (String line : mounts.split("\n")) {
        String[] fields = line.split(" ", POINT + 2);
        if (fields.length > POINT && fields[POINT].equals(point)) return true;
      }
    } catch (IOException e) {
      // Not Linux, or /proc is hidden.
    }
    return false;
  }

  private static String escaped(String path) {
    return path.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012");
  }
}
