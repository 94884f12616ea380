package flumelog.file;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What Linux shows of other processes and their files. Elsewhere, and where it is hidden, nothing is known. */
final class Processes {
  private static final Pattern WRITABLE = Pattern.compile("(?m)^flags:\\s*[0-7]*[12]$");

  /** All of them are equal by chance for no two files: the last is the time of the last change, of data or of anything else. */
  private static final String FACTS = "unix:dev,nlink,size,lastModifiedTime,ctime";

  private Processes() {}

  /** Whether processes of others are hidden from this one, so that one that isn't seen may be alive. */
  static boolean areHidden() {
    return new File("/proc/self").exists() && !new File("/proc/1").exists();
  }

  /**
   * Whether a process has a file open: the one of that key, or the one under that path, also where the file system gives it
   * another key each time or knows small letters from big ones not at all. Null where it can't be told.
   */
  static Boolean hasOpen(long pid, Object key, Path realPath) {
    String[] descriptors = descriptorsOf(pid);
    if (descriptors == null) return null;
    for (String descriptor : descriptors) {
      String leadsTo = leadsTo(pid, descriptor);
      if (!leadsTo.startsWith("/")) continue;
      if (leadsTo.equalsIgnoreCase(realPath.toString()) || key.equals(keyOf(descriptorPath(pid, descriptor)))) return true;
    }
    return false;
  }

  /** The pid of another process that holds a lock file beside the same file, under whatever name; 0 when none is seen. */
  static long holderUnderAnyName(Path file) throws IOException {
    Object key = keyOf(file);
    Map<String, Object> facts = Files.readAttributes(file, FACTS);
    String[] names = new File("/proc").list();
    if (names == null) return 0;
    for (String name : names) {
      if (!isNumber(name)) continue;
      long pid = Long.parseLong(name);
      if (pid != ProcessHandle.current().pid() && holdsLockFileOf(pid, key, facts)) return pid;
    }
    return 0;
  }

  /** The pid of the process that has a POSIX lock of the file; 0 when none is seen. */
  static long holderByKernel(Path path) {
    try {
      Object inode = Files.getAttribute(path, "unix:ino");
      // 1: POSIX  ADVISORY  WRITE pid major:minor:inode 0 EOF
      Matcher line = Pattern.compile("POSIX +ADVISORY +WRITE (\\d+) \\S+:" + inode + " ")
          .matcher(Files.readString(Path.of("/proc/locks"), StandardCharsets.US_ASCII));
      Object key = keyOf(path);
      while (line.find()) {
        long pid = Long.parseLong(line.group(1));
        // Files of several devices have the same inode.
        if (key != null && !Boolean.FALSE.equals(hasOpen(pid, key, path.toAbsolutePath()))) return pid;
      }
    } catch (IOException | UnsupportedOperationException e) {
      // Not Linux, or hidden from us.
    }
    return 0;
  }

  private static boolean holdsLockFileOf(long pid, Object key, Map<String, Object> facts) {
    String[] descriptors = descriptorsOf(pid);
    if (descriptors == null) return false;
    for (String descriptor : descriptors) {
      String leadsTo = leadsTo(pid, descriptor);
      if (!leadsTo.endsWith(KernelLock.SUFFIX)) continue;
      Path log = Path.of(leadsTo.substring(0, leadsTo.length() - KernelLock.SUFFIX.length()));
      // A process that only looks who has the log reads the lock file.
      if (isSame(log, key, facts) && isWritable(pid, descriptor)) return true;
    }
    return false;
  }

  /** Whether the path is a name of that file, also where the file system gives each name an inode of its own. */
  private static boolean isSame(Path path, Object key, Map<String, Object> facts) {
    try {
      return key != null && key.equals(keyOf(path)) || Files.readAttributes(path, FACTS).equals(facts);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean isWritable(long pid, String descriptor) {
    try {
      return WRITABLE.matcher(Files.readString(Path.of("/proc/" + pid + "/fdinfo/" + descriptor))).find();
    } catch (IOException e) {
      return false;
    }
  }

  private static String[] descriptorsOf(long pid) {
    return new File("/proc/" + pid + "/fd").list();
  }

  private static Path descriptorPath(long pid, String descriptor) {
    return Path.of("/proc/" + pid + "/fd/" + descriptor);
  }

  private static String leadsTo(long pid, String descriptor) {
    try {
      return Files.readSymbolicLink(descriptorPath(pid, descriptor)).toString();
    } catch (IOException e) {
      return ""; // closed by now
    }
  }

  private static Object keyOf(Path path) {
    try {
      return Files.readAttributes(path, BasicFileAttributes.class).fileKey();
    } catch (IOException e) {
      return null;
    }
  }

  private static boolean isNumber(String name) {
    for (int i = 0; i < name.length(); i++) {
      if (name.charAt(i) < '0' || name.charAt(i) > '9') return false;
    }
    return !name.isEmpty();
  }
}
