package flumelog.error;

import flumelog.error.LogException.Kind;

/** A log, or a file, is not the one that was meant, or not in the state that was meant. */
public final class IdentityFailures {
  private IdentityFailures() {}

  /** {@code id} is that of the log, or null while it is empty; {@code expectedId} is that of the position. */
  public static LogException wrongLog(String path, String id, String expectedId, long offset, String why) {
    return new LogException(Kind.WRONG_LOG, null,
        "the position at offset " + offset + " is not one of " + path + " as it is now: " + why
            + "; start again from the log's beginning, or use the log that the position was taken from",
        "path", path, "offset", offset, "id", id, "expected-id", expectedId);
  }

  /** The file that a reader follows is gone. */
  public static LogException removed(String path) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " was removed or renamed while it was open for reading, so nothing more comes; what was read of it stays readable until"
            + " it is closed", "path", path);
  }

  /** Another file has the path of the file that a reader follows. */
  public static LogException replaced(String path) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " is another file by now than the one that is open for reading: it was compacted or replaced; open it again, and take"
            + " no offset of the old one for one of the new",
        "path", path);
  }

  /** A reader has seen records of an append that then failed. */
  public static LogException cutBack(String path, long offset) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " was cut back by its writer, whose append had failed: of the records from " + offset + " on some were seen that are"
            + " none; undo what was made of these, and go on with {:gte " + offset + "}",
        "path", path, "offset", offset);
  }

  /** A backup would overwrite something else than an older backup of the same log. */
  public static LogException notABackup(String path, String target, String why) {
    return new LogException(Kind.BAD_OPTION, null,
        "cannot back up " + path + " to " + target + ", which " + why + "; nothing was changed: name another path, or move that away",
        "path", target, "log", path);
  }
}
