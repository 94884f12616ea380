package flumelog.error;

import flumelog.error.LogException.Kind;

/** The bytes of a file are not those of a whole log of the right format. Nothing in the file was changed. */
public final class FormatFailures {
  private FormatFailures() {}

  /** A frame that was read is damaged. */
  public static LogException corrupt(String path, long offset, String damage) {
    return new LogException(Kind.CORRUPT, null,
        "the frame at offset " + offset + " in " + path + " is damaged: " + damage, "path", path, "offset", offset);
  }

  /** Opening found damage; {@code nextGood} is where the next whole frame was seen, or -1 when none was. */
  public static LogException corruptMiddle(
      String path, long offset, long size, long watermark, long nextGood, String damage) {
    return new LogException(Kind.CORRUPT, null,
        path + " is damaged at offset " + offset + " of " + size + " bytes: " + damage
            + "; nothing was changed: open it with :mode :read to read the records before the damage, salvage what is"
            + " good into a new file, or cut it there with recover!",
        "path", path, "offset", offset, "size", size, "watermark", watermark, "next-good", nextGood);
  }

  /** Another program cut the file below what this log has already read. */
  public static LogException shrunk(String path, long size, long end) {
    return new LogException(Kind.CORRUPT, null,
        path + " was cut to " + size + " bytes by somebody else while this log knows records up to " + end
            + "; close it and open it again",
        "path", path, "offset", size, "end", end);
  }

  /** @param found the format that the file has */
  public static LogException wrongFormat(String path, String what, String found) {
    return new LogException(Kind.WRONG_FORMAT, null, path + " " + what + "; nothing was changed",
        "path", path, "found", found);
  }

  /** A file without one whole record; {@code looksLike} is the other kind of file that it seems to be, or null. */
  public static LogException noLog(String path, String what, String looksLike) {
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " " + what + "; nothing was changed: if it is to become an empty log,"
            + " recover! with {:cut-at 0} cuts all of it off, and keeps that in " + path + ".torn-0",
        "path", path, "found", "none", "looks-like", looksLike);
  }
}
