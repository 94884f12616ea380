package flumelog.error;

import flumelog.error.LogException.Kind;

/** Failures because a log or file is not the expected one, or is not in the expected state. */
public final class IdentityFailures {
  private IdentityFailures() {}

  /**
   * A position does not belong to the log as it is now. {@code id} is the identity of the log, null while the log is empty;
   * {@code expectedId} is the identity in the position.
   */
  public static LogException wrongLog(String path, String id, String expectedId, long offset, String why) {
    return new LogException(Kind.WRONG_LOG, null,
        "the position at offset " + offset + " is not one of " + path + " as it is now: " + why
            + "; start again from the log's beginning, or use the log that the position was taken from",
        "path", path, "offset", offset, "id", id, "expected-id", expectedId);
  }

  /** The file that a reader follows no longer exists under its name. */
  public static LogException removed(String path) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " was removed or renamed while it was open for reading, so no more records come; the records seen so far stay"
            + " readable until it is closed", "path", path);
  }

  /** Another file now has the path of the file that a reader follows. */
  public static LogException replaced(String path) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " is now another file than the one that is open for reading: it was compacted or replaced; open it again, and"
            + " don't use offsets of the old file in the new one",
        "path", path);
  }

  /** The writer cut the log back after a failed append, and a reader had already seen records of that append. */
  public static LogException cutBack(String path, long offset) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " was cut back by its writer after an append had failed: some of the records that were seen here from " + offset
            + " on no longer exist; undo what was made of the records from there on, and go on from offset " + offset,
        "path", path, "offset", offset);
  }

  /** A file is of another log than the one that the options name; {@code id} is null if it has none in its bytes. */
  public static LogException otherLog(String path, String id, String expectedId) {
    return new LogException(Kind.WRONG_LOG, null,
        path + (id == null ? " is not a protected log" : " is the log with the id " + id) + ", and :protect names the one with the id "
            + expectedId + "; nothing was changed",
        "path", path, "id", id, "expected-id", expectedId);
  }

  /** A head that is to be proved is of another log. */
  public static LogException headOfAnother(String path) {
    return new LogException(Kind.WRONG_LOG, null,
        "the head is not one of " + path + ", but of a log with another id; use the log that it was taken from", "path", path);
  }

  /** The log does not go on from a head, so there is nothing to prove. */
  public static LogException notFromHead(String path, long size, long end) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " does not go on from the head of " + size + " frames, up to " + end + ": it was cut back, replaced by an older copy, or"
            + " changed; compare it with a backup", "path", path, "offset", end, "size", size);
  }

  /** The target of a backup is something else than an older backup of the same log, and would be overwritten. */
  public static LogException notABackup(String path, String target, String why) {
    return new LogException(Kind.BAD_OPTION, null,
        "cannot back up " + path + " to " + target + ", which " + why + "; nothing was changed: name another path, or move that"
            + " file away",
        "path", target, "log", path);
  }

  /** The log that a copy is to go on in has a record that is not the next one of what is copied. */
  public static LogException notOfCopy(String path, long offset, String from) {
    return new LogException(Kind.WRONG_LOG, null,
        "cannot copy " + from + " to " + path + ", whose record at offset " + offset + " is not the next one of the copy; nothing was"
            + " changed: copy to an empty log, or to one that an earlier copy of the same records has left",
        "path", path, "offset", offset, "log", from);
  }
}
