package flumelog.file;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.List;

/**
 * Recognises errors that mean there is no space: the disk is full, or a quota or a limit of the size of a file is reached. Java
 * only passes on the system's message, which is in the language of the user. It is replaced by the English one, with the file.
 */
final class FullDisk {
  static final String FULL = "No space left on device";
  static final String QUOTA = "Disk quota exceeded";
  static final String TOO_LARGE = "File too large";

  private static final String WINDOWS = "There is not enough space on the disk";

  /** English messages of frequent errors that have nothing to do with space. For these no translation is searched. */
  private static final List<String> OTHERS = List.of("Input/output error", "Read-only file system", "Bad file descriptor",
      "Stale file handle", "No such device", "Transport endpoint is not connected", "Operation not permitted",
      "Permission denied", "Invalid argument", "Cannot allocate memory", "Remote I/O error", "Structure needs cleaning",
      "Too many open files", "Too many open files in system", "Is a directory", "Interrupted system call");

  /** If a message can't be understood, a file system with less free space than this counts as full. */
  private static final long NEXT_TO_NOTHING_BYTES = 1 << 16;

  private FullDisk() {}

  /**
   * Returns the error itself, or, if it means that there is no space, an error that says so in English and names the file.
   *
   * @param path the file that was to be written
   */
  static IOException named(Path path, IOException e) {
    String english = english(e instanceof FileSystemException f ? f.getReason() : e.getMessage(), path);
    if (english == null) return e;
    FileSystemException said = new FileSystemException(path.toString(), null, english);
    said.initCause(e);
    return said;
  }

  /** Translates the system's message into English if it means that there is no space; otherwise returns null. */
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
