package flumelog.error;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What was said by an exception that is none of ours, as a part of a sentence. */
final class Said {
  private static final int MOST_CHARS = 200;

  private Said() {}

  /** What the file system said; the messages of Java's exceptions for it are the path and at times the reason. */
  static String of(Throwable cause) {
    if (cause instanceof NoSuchFileException e) return "there is no " + e.getFile();
    if (cause instanceof AccessDeniedException e) return "there is no permission for " + e.getFile();
    if (!(cause instanceof FileSystemException e)) return explained(brief(cause));
    return e.getReason() != null ? explained(e.getReason()) : e.getClass().getSimpleName() + " " + e.getFile();
  }

  private static String explained(String said) {
    return !said.equals("Operation not permitted") ? said
        : said + "; lsattr tells whether the file or its folder is append-only (a) or immutable (i), which chattr -a or"
            + " chattr -i takes back: a log needs neither";
  }

  /** The file that the cause names, where that is not the log's own; else null. */
  static String otherFile(Throwable cause, String path) {
    return cause instanceof FileSystemException e && e.getFile() != null && !e.getFile().equals(path) ? e.getFile() : null;
  }

  static boolean isTooLong(String said) {
    return said.contains("File too large");
  }

  static boolean isFull(String said) {
    return said.contains("No space left") || said.contains("quota") || isTooLong(said)
        || said.contains("not enough space");
  }

  static String brief(Throwable cause) {
    if (cause instanceof StackOverflowError) return "it is nested too deeply for the stack of this thread";
    String said = cause.getMessage();
    String text = said == null ? cause.getClass().getSimpleName() : said;
    return text.length() <= MOST_CHARS ? text : text.substring(0, MOST_CHARS) + "...";
  }
}
