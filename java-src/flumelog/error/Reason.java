package flumelog.error;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** Says why something failed, as part of a sentence: the message of an exception of Java or of a library, made readable. */
public final class Reason {
  private static final int MOST_CHARS = 200;

  private Reason() {}

  /**
   * Says why a call failed. The message of a FileSystemException is the path and sometimes the reason, so its class is used too.
   *
   * @param cause any exception
   * @return the part of a sentence
   */
  public static String of(Throwable cause) {
    if (cause instanceof NoSuchFileException e) return "there is no " + e.getFile();
    if (cause instanceof AccessDeniedException e) return "there is no permission for " + e.getFile();
    if (!(cause instanceof FileSystemException e)) return explained(brief(cause));
    return e.getReason() != null ? explained(e.getReason()) : e.getClass().getSimpleName() + " " + e.getFile();
  }

  private static String explained(String reason) {
    return !reason.equals("Operation not permitted") ? reason
        : reason + "; lsattr shows whether the file or its folder is append-only (a) or immutable (i); chattr -a or chattr -i"
            + " clears that: a log can be neither";
  }

  /** Returns the file that the cause names, or null if it names none or names the log itself. */
  static String otherFile(Throwable cause, String path) {
    return cause instanceof FileSystemException e && e.getFile() != null && !e.getFile().equals(path) ? e.getFile() : null;
  }

  static boolean isTooLong(String reason) {
    return reason.contains("File too large");
  }

  static boolean isFull(String reason) {
    return reason.contains("No space left") || reason.contains("quota") || isTooLong(reason)
        || reason.contains("not enough space");
  }

  static String brief(Throwable cause) {
    if (cause instanceof StackOverflowError) return "it is nested too deeply for the stack of this thread";
    String message = cause.getMessage();
    String text = message == null ? cause.getClass().getSimpleName() : message;
    return text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS) + "...";
  }
}
