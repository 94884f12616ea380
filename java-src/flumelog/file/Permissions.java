package flumelog.file;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Set;

/** Gives files the owner, the group and the permissions of a log, where the system knows such. */
final class Permissions {
  private static final int GROUP_BITS = 0070;
  private static final int PERMISSION_BITS = 07777;
  private static final FileAttribute<Set<PosixFilePermission>> OURS_ALONE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private Permissions() {}

  /**
   * Gives a file all of them.
   *
   * @throws IOException when not all could be given
   */
  static void make(Path file, Path model) throws IOException {
    try {
      Map<String, Object> wanted = attributes(model);
      Map<String, Object> found = attributes(file);
      set(file, "uid", wanted, found);
      set(file, "gid", wanted, found);
      set(file, "mode", wanted, found); // the last: a change of owner takes bits of it away
    } catch (UnsupportedOperationException e) {
      // No Unix: a new file has what its folder gives it.
    } catch (FileSystemException e) {
      throw new FileSystemException(file.toString(), null,
          "a new file can't be given the owner, group and permissions of " + model + "; do it as its owner or as root");
    }
  }

  /** Makes an empty file with as many of them as can be given, and with no more permissions than the log has. */
  static void create(Path file, Path model) throws IOException {
    try {
      Map<String, Object> wanted = attributes(model);
      Files.createFile(file, OURS_ALONE);
      Map<String, Object> found = attributes(file);
      boolean hasGroup = trySet(file, "gid", wanted, found);
      trySet(file, "uid", wanted, found);
      int mode = (Integer) wanted.get("mode") & PERMISSION_BITS;
      trySet(file, "mode", Map.of("mode", hasGroup ? mode : mode & ~GROUP_BITS), found);
    } catch (FileAlreadyExistsException | UnsupportedOperationException e) {
      // Somebody else made it at the same time; or no Unix, where it has what its folder gives it.
    } catch (IOException e) {
      throw FullDisk.named(file, e);
    }
  }

  private static Map<String, Object> attributes(Path path) throws IOException {
    return Files.readAttributes(path, "unix:uid,gid,mode");
  }

  private static boolean trySet(Path file, String name, Map<String, Object> wanted, Map<String, Object> found) {
    try {
      set(file, name, wanted, found);
      return true;
    } catch (IOException e) {
      return false; // only root may give a file away, or to a group that it is not in; and some file systems have none of it
    }
  }

  private static void set(Path file, String name, Map<String, Object> wanted, Map<String, Object> found) throws IOException {
    Object value = wanted.get(name);
    if (!value.equals(found.get(name))) Files.setAttribute(file, "unix:" + name, value);
  }
}
