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

  /** The longest that a name beside a log has more than its own. */
  private static final String LONGEST_SUFFIX = ".torn-9007199254740991";

  private NewFile() {}

  /**
   * Writes a file that is not there yet, with the permissions of its model, and with its owner and its group where this process
   * may set them.
   *
   * @param of the folder of the model
   * @param model its name
   * @throws LogException {@code BAD_OPTION} when it is, also when it has come meanwhile
   */
  public static <T> T create(LogFolder folder, String name, LogFolder of, String model, Content<T> content) {
    checkFree(folder, name);
    checkName(folder, name);
    try {
      String part = folder.freeName(name + ".part");
      folder.createLike(part, of, model);
      return replace(folder, part, name, file -> {
        T about = content.writeTo(file);
        checkFree(folder, name);
        return about;
      });
    } catch (IOException e) {
      throw DiskFailures.io(folder.path(name), "making", e);
    }
  }

  /** Refuses a name that leaves no room for those of the files beside a log, before anything is made. */
  public static void checkName(LogFolder folder, String name) {
    if (!folder.allows(name + LONGEST_SUFFIX)) throw OptionFailures.nameTooLong(folder.path(name), name, LONGEST_SUFFIX);
  }

  /**
   * Writes a file that takes the place of the one that has its name.
   *
   * @param part its name until it is finished; what is there is overwritten
   */
  public static <T> T replace(LogFolder folder, String part, String name, Content<T> content) throws IOException {
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

  private static void checkFree(LogFolder folder, String name) {
    if (folder.exists(name)) throw OptionFailures.badArgument("to", folder.path(name), "a path where no file is yet");
  }

  private static void giveBack(LogFolder folder, String part, Throwable cause) {
    try {
      if (folder.exists(part)) folder.delete(part);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }
}
