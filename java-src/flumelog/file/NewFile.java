package flumelog.file;

import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import java.io.IOException;

/** Writes a file that gets its name only after all of it is on disk. If writing fails, no file is left. */
public final class NewFile {
  /** Writes the content of the file, and returns facts about it. */
  public interface Content<T> {
    T writeTo(LogFile file) throws IOException;
  }

  private NewFile() {}

  /**
   * Writes a file that does not exist yet. It gets the permissions of its model, and its owner and group if this process may set
   * them.
   *
   * @throws LogException {@code BAD_OPTION} if the file exists before or after the content is written
   */
  public static <T> T create(LogPath log, LogPath model, Content<T> content) {
    LogFolder folder = log.folder();
    checkFree(log);
    log.checkName();
    try {
      String part = folder.freeName(log.part());
      folder.createLike(part, model.folder(), model.name());
      return replace(log, part, file -> {
        T about = content.writeTo(file);
        checkFree(log);
        return about;
      });
    } catch (IOException e) {
      throw DiskFailures.io(log.path(), "making", e);
    }
  }

  /**
   * Writes a file and puts it in the place of the log.
   *
   * @param part the file's name until it is complete; a file that has this name is overwritten
   */
  public static <T> T replace(LogPath log, String part, Content<T> content) throws IOException {
    LogFolder folder = log.folder();
    try (LogFile file = folder.openForWriting(part)) {
      file.truncate(0);
      T about = content.writeTo(file);
      file.force();
      folder.rename(part, log.name());
      return about;
    } catch (Throwable t) {
      delete(folder, part, t);
      throw t;
    }
  }

  private static void checkFree(LogPath log) {
    if (log.exists()) throw OptionFailures.badArgument("to", log.path(), "a path where no file is yet");
  }

  /** Deletes a file that could not be finished; what goes wrong is added to the cause. */
  public static void delete(LogFolder folder, String part, Throwable cause) {
    try {
      if (folder.exists(part)) folder.delete(part);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
