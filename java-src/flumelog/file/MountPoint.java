package flumelog.file;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** What Linux says of mounted files. Elsewhere nothing is known. */
final class MountPoint {
  /** Of a line of mountinfo, counted from 0: where it is mounted. */
  private static final int POINT = 4;

  private MountPoint() {}

  /** Whether a file is mounted by itself, as a container does with one that it is given alone. */
  static boolean is(Path file) {
    try {
      String point = escaped(file.toRealPath().toString());
      String mounts = new String(Files.readAllBytes(Path.of("/proc/self/mountinfo")), StandardCharsets.UTF_8);
      for (String line : mounts.split("\n")) {
        String[] fields = line.split(" ", POINT + 2);
        if (fields.length > POINT && fields[POINT].equals(point)) return true;
      }
    } catch (IOException e) {
      // Not Linux, or hidden from us.
    }
    return false;
  }

  private static String escaped(String path) {
    return path.replace("\\", "\\134").replace(" ", "\\040").replace("\t", "\\011").replace("\n", "\\012");
  }
}
