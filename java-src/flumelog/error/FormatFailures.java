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
