package flumelog.file;

import flumelog.error.DiskFailures;
import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import java.io.IOException;

/** A file that has its name only when all of it is on disk; where it can't be finished nothing is left. */
public final class NewFile {
  /** Writes the content; what it returns is about that. */
  public interface Content<T> {
    T writeTo(LogFile file) throws IOException;
  }

  private NewFile() {}

  /**
   * Writes a file that is not there yet, with the permissions of its model, and with its owner and its group where this process
   * may set them.
   *
   * @throws LogException {@code BAD_OPTION} when it is, also when it has come meanwhile
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
   * Writes a file that takes the place of the log.
   *
   * @param part its name until it is finished; what is there is overwritten
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
      giveBack(folder, part, t);
      throw t;
    }
  }

  private static void checkFree(LogPath log) {
    if (log.exists()) throw OptionFailures.badArgument("to", log.path(), "a path where no file is yet");
  }

  private static void giveBack(LogFolder folder, String part, Throwable cause) {
    try {
      if (folder.exists(part)) folder.delete(part);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
