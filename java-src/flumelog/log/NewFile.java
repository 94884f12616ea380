package flumelog.log;

import flumelog.file.LogFile;
import flumelog.file.LogFolder;
import java.io.IOException;

/** A file that has its name only when all of it is on disk; where it can't be finished nothing is left. */
final class NewFile {
  /** Writes the content; what it returns is about that. */
  interface Content<T> {
    T writeTo(LogFile file) throws IOException;
  }

  private NewFile() {}

  /** @param part the name that the file has until it is finished; what a killed process left there is overwritten */
  static <T> T write(LogFolder folder, String part, String name, Content<T> content) throws IOException {
    try (LogFile file = folder.openForWriting(part)) {
      file.truncate(0);
      T about = content.writeTo(file);
      file.force();
      folder.rename(part, name);
      return about;
    } catch (Throwable t) {
      giveBack(folder, part, t);
      throw t;
    }
  }

  private static void giveBack(LogFolder folder, String part, Throwable cause) {
    try {
      if (folder.exists(part)) folder.delete(part);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
