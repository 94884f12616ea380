package flumelog.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;

/**
 * Tells from other errors that there is no room: on the disk, by a quota, or by a limit for the size of a file. Java passes on
 * only what the system says, and that says it in the language of its user. From here on it is said in English, with the file.
 */
final class FullDisk {
  static final String FULL = "No space left on device";
  static final String QUOTA = "Disk quota exceeded";
  static final String TOO_LARGE = "File too large";

  private static final String WINDOWS = "There is not enough space on the disk";

  /** What a system says in English of errors that have nothing to do with room: then it is not looked for. */
  private static final List<String> OTHERS = List.of("Input/output error", "Read-only file system", "Bad file descriptor",
      "Stale file handle", "No such device", "Transport endpoint is not connected", "Operation not permitted",
      "Permission denied", "Invalid argument", "Cannot allocate memory", "Remote I/O error", "Structure needs cleaning",
      "Too many open files", "Too many open files in system", "Is a directory", "Interrupted system call");

  /** A file system with less room than this is full, where the system says something that we can't read. */
  private static final long NEXT_TO_NOTHING_BYTES = 1 << 16;

  private FullDisk() {}

  /**
   * The same error or, where it says that there is no room, one that says so in English and names the file.
   *
   * @param path of the file that was to be written
   */
  static IOException named(Path path, IOException e) {
    String english = english(e instanceof FileSystemException f ? f.getReason() : e.getMessage(), path);
    if (english == null) return e;
    FileSystemException said = new FileSystemException(path.toString(), null, english);
    said.initCause(e);
    return said;
  }

  /** What the system says of a lack of room, in English; null where it says something else. */
  private static String english(String said, Path path) {
    if (said == null || OTHERS.contains(said)) return null;
    for (String known : List.of(FULL, QUOTA, TOO_LARGE)) {
      if (said.equals(known)) return known;
    }
    if (said.contains(WINDOWS)) return said;
    String translated = SystemWords.english(said, List.of(FULL, QUOTA, TOO_LARGE));
    if (translated != null) return translated;
    return said.equals(SystemWords.ofFullDevice()) || isNextToFull(path.toFile()) ? FULL : null;
  }

  private static boolean isNextToFull(File file) {
    File there = file.exists() ? file : file.getAbsoluteFile().getParentFile();
    return there != null && there.getTotalSpace() > 0 && there.getUsableSpace() < NEXT_TO_NOTHING_BYTES;
  }
}
