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

/** Asks Linux about other processes and their open files. On other systems, or if /proc is hidden, nothing is known. */
final class Processes {
  private static final Pattern WRITABLE = Pattern.compile("(?m)^flags:\\s*[0-7]*[12]$");

  /** Facts that are all equal for two different files only by an unlikely chance. The ctime is the time of the last change. */
  private static final String FACTS = "unix:dev,nlink,size,lastModifiedTime,ctime";

  private Processes() {}

  /** Whether processes of other users are hidden from this one. If so, a process that is not seen may still be alive. */
  static boolean areHidden() {
    return new File("/proc/self").exists() && !new File("/proc/1").exists();
  }

  /**
   * Whether a process has the file open that has this key or this path. Some file systems give a file another key each time it
   * is asked for, or ignore the case of letters in names; so the path is compared too, ignoring case. Null if the system can't
   * say.
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

  /** Returns the pid of another process that has a lock file open for writing beside any name of the file; 0 if none is seen. */
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

  /** Returns the pid of the process that has a POSIX lock of the file; 0 if none is seen. */
  static long holderByKernel(Path path) {
    try {
      Object inode = Files.getAttribute(path, "unix:ino");
      // 1: POSIX  ADVISORY  WRITE pid major:minor:inode 0 EOF
      Matcher line = Pattern.compile("POSIX +ADVISORY +WRITE (\\d+) \\S+:" + inode + " ")
          .matcher(Files.readString(Path.of("/proc/locks"), StandardCharsets.US_ASCII));
      Object key = keyOf(path);
      while (line.find()) {
        long pid = Long.parseLong(line.group(1));
        // Files on different devices may have the same inode number.
        if (key != null && !Boolean.FALSE.equals(hasOpen(pid, key, path.toAbsolutePath()))) return pid;
      }
    } catch (IOException | UnsupportedOperationException e) {
      // Not Linux, or /proc is hidden.
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
      // A process that only looks for the holder has the lock file open too, but only for reading.
      if (isSame(log, key, facts) && isWritable(pid, descriptor)) return true;
    }
    return false;
  }

  /** Whether the path is a name of that file. Works also if the file system gives each name an inode of its own. */
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
      return ""; // closed in the meantime
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
