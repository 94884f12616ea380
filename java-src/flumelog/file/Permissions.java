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

/** Gives files the owner, the group and the permissions of a log, if the system has such attributes. */
final class Permissions {
  private static final int GROUP_BITS = 0070;
  private static final int PERMISSION_BITS = 07777;
  private static final FileAttribute<Set<PosixFilePermission>> OURS_ALONE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private Permissions() {}

  /**
   * Gives a file the owner, the group and the permissions of a model.
   *
   * @throws IOException if not all could be given
   */
  static void make(Path file, Path model) throws IOException {
    try {
      Map<String, Object> wanted = attributes(model);
      Map<String, Object> found = attributes(file);
      set(file, "uid", wanted, found);
      set(file, "gid", wanted, found);
      set(file, "mode", wanted, found); // last, because a change of the owner clears bits of the mode
    } catch (UnsupportedOperationException e) {
      // Not Unix: a new file has the permissions that its folder gives it.
    } catch (FileSystemException e) {
      throw new FileSystemException(file.toString(), null,
          "a new file can't be given the owner, group and permissions of " + model + "; do it as its owner or as root");
    }
  }

  /** Creates an empty file. Gives it the owner and group of the model if possible, and never more permissions than it has. */
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
      // Another process made it at the same time; or not Unix, where it has the permissions that its folder gives it.
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
      return false; // only root may change the owner, or set a group that it is not in; some file systems have neither
    }
  }

  private static void set(Path file, String name, Map<String, Object> wanted, Map<String, Object> found) throws IOException {
    Object value = wanted.get(name);
    if (!value.equals(found.get(name))) Files.setAttribute(file, "unix:" + name, value);
  }
}
