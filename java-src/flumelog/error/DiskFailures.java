package flumelog.error;

import flumelog.error.LogException.Kind;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.NoSuchFileException;

/** Failures that come from the disk, the file system, or another program that changed a file. */
public final class DiskFailures {
  private DiskFailures() {}

  /**
   * Turns an exception of the file system into one that says what it means for the log.
   *
   * @param path of the log
   * @param doing what the log was doing, for example {@code "reading"}
   * @param cause the exception
   * @return {@code CLOSED}, {@code FULL} or {@code FAILED}
   */
  public static LogException io(String path, String doing, IOException cause) {
    if (cause instanceof ClosedChannelException) return UseFailures.closed(path);
    String reason = Reason.of(cause);
    if (Reason.isTooLong(reason)) {
      return new LogException(Kind.FULL, cause,
          doing + " " + path + " failed: " + reason + "; raise the limit of this process (ulimit -f); if it has none, go on"
              + " in another file: the file system doesn't allow a longer one", "path", path);
    }
    if (Reason.isFull(reason)) {
      String file = Reason.otherFile(cause, path);
      return new LogException(Kind.FULL, cause,
          "no room left " + (file == null ? "" : "for " + file + " ") + "while " + doing + " " + path + " (" + reason
              + "); free some space and try again",
          file == null ? new Object[] {"path", path} : new Object[] {"path", path, "file", file});
    }
    return new LogException(Kind.FAILED, cause, doing + " " + path + " failed: " + reason, "path", path);
  }

  public static LogException cannotOpen(String path, Throwable cause) {
    String reason = Reason.of(cause);
    if (Reason.isFull(reason)) return noRoomToOpen(path, reason, cause);
    String category = cause instanceof NoSuchFileException ? Kind.NOT_A_RECORD.category : Kind.FAILED.category;
    return new LogException(Kind.FAILED, category, cause, "cannot open " + path + ": " + reason, "path", path);
  }

  private static LogException noRoomToOpen(String path, String reason, Throwable cause) {
    String other = Reason.otherFile(cause, path);
    String file = other == null ? path : other;
    return new LogException(Kind.FULL, cause,
        "cannot open " + path + ": there is no room for " + file + " (" + reason + "); free some space and open it again, or"
            + " open it for reading, which needs no space", "path", path, "file", file);
  }

  /** @param nearest the file of the folder that was probably meant, from {@link Suggestion#ofFile}; null if there is none */
  public static LogException noSuchFile(String path, String nearest) {
    Throwable cause = new NoSuchFileException(path);
    if (nearest == null) return cannotOpen(path, cause);
    return new LogException(Kind.FAILED, Kind.NOT_A_RECORD.category, cause,
        "cannot open " + path + ": " + Reason.of(cause) + "; did you mean " + nearest + " in that folder?",
        "path", path, "nearest", nearest);
  }

  /** A force failed, or a failed write could not be undone. What is on the disk is not known then. */
  public static LogException failed(String path, Throwable cause) {
    return new LogException(Kind.FAILED, cause,
        path + " takes no more writes because an earlier one could not be made safe (" + cause.getMessage()
            + "); reading goes on: close it and open it again to recover",
        "path", path);
  }

  /** A log was closed, but the last records in its write buffer could not be written to the log's file. */
  public static LogException notDrained(String path, String buffer, LogException cause) {
    return new LogException(Kind.FULL, cause,
        path + " is closed, and its last records are in " + buffer + " beside it: there is no room for them in the log ("
            + cause.getMessage() + "); free some space: the next open then moves them into the log",
        "path", path, "buffer", buffer);
  }

  /** Another process changed or replaced the file of a log that is open for writing here, or took its lock. */
  public static LogException notAlone(String path, String what, long size, long end) {
    return new LogException(Kind.FAILED, null,
        path + " " + what + "; nothing more is written, and reading goes on",
        size < 0 ? new Object[] {"path", path, "end", end} : new Object[] {"path", path, "size", size, "end", end});
  }

  /** The file is a mount point of its own, so it can't be replaced by renaming another file over it. */
  public static LogException mountedAlone(String path) {
    return new LogException(Kind.FAILED, null,
        path + " is mounted as a single file, so no other file can take its place; mount its folder instead, or compact it"
            + " where the folder is", "path", path);
  }
}
