package flumelog.file;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;

/** That a disk is full, the system says in the language of its user. From here on it is said in English. */
final class FullDisk {
  private static final String ENGLISH = "No space left on device";

  /** How the system says it: Linux has a device for that. Null where there is none. */
  private static final class Here {
    static final String SAID = said();

    private static String said() {
      File full = new File("/dev/full");
      if (!full.exists()) return null;
      try (FileOutputStream out = new FileOutputStream(full)) {
        out.write(0);
        return null;
      } catch (IOException e) {
        return e.getMessage();
      }
    }
  }

  private FullDisk() {}

  /** The same error or, where it says that a disk is full, one that says so in English. */
  static IOException inEnglish(IOException e) {
    return e instanceof FileSystemException f ? inEnglish(f) : isFull(e.getMessage()) ? new IOException(ENGLISH, e) : e;
  }

  private static FileSystemException inEnglish(FileSystemException e) {
    if (!isFull(e.getReason())) return e;
    FileSystemException said = new FileSystemException(e.getFile(), e.getOtherFile(), ENGLISH);
    said.initCause(e);
    return said;
  }

  private static boolean isFull(String said) {
    return said != null && !said.equals(ENGLISH) && said.equals(Here.SAID);
  }
}
