package flumelog.error;

import flumelog.error.LogException.Kind;

/** Failures because the bytes of a file are not a whole log of the expected format. Nothing in the file was changed. */
public final class FormatFailures {
  private FormatFailures() {}

  /** A read came upon a damaged frame. */
  public static LogException corrupt(String path, long offset, String damage) {
    return new LogException(Kind.CORRUPT, null,
        "the frame at offset " + offset + " in " + path + " is damaged: " + damage, "path", path, "offset", offset);
  }

  /** A read came upon a frame of a protected log that is not proved. {@code why} is the kind of damage, as {@code ":checksum"}. */
  public static LogException unproved(String path, long offset, String why, String damage) {
    return new LogException(Kind.CORRUPT, null,
        "the frame at offset " + offset + " in " + path + " is damaged: " + damage, "path", path, "offset", offset, "why", why);
  }

  /**
   * The log does not go on from a head that was kept.
   *
   * @param size how many frames that head has
   * @param end where they end
   */
  public static LogException notFromHead(String path, String why, long size, long end, String what) {
    return new LogException(Kind.CORRUPT, null,
        path + " " + what + " (" + size + " frames, up to " + end + "); nothing was changed: open it without :head to read what there is",
        "path", path, "offset", end, "why", why, "size", size);
  }

  /** The file is protected otherwise than the options say. */
  public static LogException otherProtection(String path, String found, String foundName, Object asked) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " is " + found + ", and :protect names " + asked + ": convert copies it into a log that is so (in Java"
            + " Rewrite.convert); nothing was changed",
        "path", path, "found", foundName);
  }

  /** A protected log that is opened without its protection takes no appends and no deletions. */
  public static LogException rawAppend(String path) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " is protected, and was opened with :protect :none to read its bytes as they are; open it without :protect to append or"
            + " delete, or convert it with :protect :none", "path", path, "found", "protected");
  }

  /** The file has only a part of a head record, and the options don't say how the log was to be protected. */
  public static LogException tornHead(String path) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " was to become a protected log, and its creation was interrupted: it has no record; open it with :protect to create it"
            + " again, or delete it; nothing was changed", "path", path, "found", "protected");
  }

  /** The file has a head record of another version, or with flags that this version does not know. */
  public static LogException unknownProtection(String path) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " is protected in a way that this version of flumelog does not know; nothing was changed", "path", path, "found", "protected");
  }

  /** Opening found damage in a protected log. {@code why} is the kind of damage. */
  public static LogException corruptMiddle(
      String path, long offset, long size, long watermark, long nextGood, String damage, String why) {
    LogException plain = corruptMiddle(path, offset, size, watermark, nextGood, damage);
    return new LogException(Kind.CORRUPT, null, plain.getMessage(), "path", path, "offset", offset, "size", size, "watermark", watermark,
        "next-good", nextGood, "why", why);
  }

  /** Opening found damage. {@code nextGood} is where the next whole frame starts, or -1 if none was found. */
  public static LogException corruptMiddle(
      String path, long offset, long size, long watermark, long nextGood, String damage) {
    return new LogException(Kind.CORRUPT, null,
        path + " is damaged at offset " + offset + " of " + size + " bytes: " + damage
            + "; nothing was changed: open it for reading to get the records before the damage, salvage what is good into a"
            + " new file, or cut it at " + offset + " with recover! (in Java Repair.recover)",
        "path", path, "offset", offset, "size", size, "watermark", watermark, "next-good", nextGood);
  }

  /** Another program cut the file at a position below the end that this log had already read. */
  public static LogException shrunk(String path, long size, long end) {
    return new LogException(Kind.CORRUPT, null,
        path + " was cut to " + size + " bytes by another program, after records up to " + end + " had been seen here"
            + "; close it and open it again",
        "path", path, "offset", size, "end", end);
  }

  /**
   * The file is a log of another format than expected.
   *
   * @param what the rest of the sentence that begins with the path
   * @param found the format that the file has
   */
  public static LogException wrongFormat(String path, String what, String found) {
    return new LogException(Kind.WRONG_FORMAT, null, path + " " + what + "; nothing was changed",
        "path", path, "found", found);
  }

  /** The file has not one whole record. {@code looksLike} is the other kind of file that it seems to be, or null. */
  public static LogException noLog(String path, String what, String looksLike) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " " + what + "; nothing was changed: if it is to become an empty log,"
            + " cut it at 0 with recover! (in Java Repair.recover), which keeps what it cuts off in " + path + ".torn-0",
        "path", path, "found", "none", "looks-like", looksLike);
  }
}
