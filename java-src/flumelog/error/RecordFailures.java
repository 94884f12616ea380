package flumelog.error;

import flumelog.error.LogException.Kind;

/** Failures of one record, or of one value that is to be appended. The rest of the log can still be used. */
public final class RecordFailures {
  private RecordFailures() {}

  public static LogException notARecord(String path, long offset, long end) {
    return new LogException(Kind.NOT_A_RECORD, null,
        "offset " + offset + " is not the start of a record in " + path + ", which ends at " + end,
        "path", path, "offset", offset, "end", end);
  }

  /** A reader can't sign, and no seal covers the record yet. */
  public static LogException notSealed(String path, long offset) {
    return new LogException(Kind.UNAVAILABLE, null,
        "the record at offset " + offset + " in " + path + " has no signed seal behind it yet; try again when its writer has sealed the log",
        "path", path, "offset", offset);
  }

  public static LogException notAnEnd(String path, long offset, long end) {
    return new LogException(Kind.NOT_A_RECORD, null, "no record ends at offset " + offset + " in " + path + ", which ends at " + end,
        "path", path, "offset", offset, "end", end);
  }

  public static LogException deleted(String path, long offset) {
    return new LogException(Kind.DELETED, null,
        "the record at offset " + offset + " in " + path + " was deleted", "path", path, "offset", offset);
  }

  public static LogException recordTooLarge(String path, long bytes, long maxBytes) {
    return new LogException(Kind.TOO_LARGE, null,
        "a record of " + bytes + " bytes is larger than the " + maxBytes + " bytes that max-record-bytes allows in "
            + path,
        "path", path, "bytes", bytes, "max-record-bytes", maxBytes);
  }

  public static LogException storedRecordTooLarge(String path, long offset, long bytes, long maxBytes) {
    return new LogException(Kind.TOO_LARGE, null,
        "the record at offset " + offset + " in " + path + " has " + bytes + " bytes, more than the " + maxBytes
            + " that max-record-bytes allows; open the log with a larger one to read it",
        "path", path, "offset", offset, "bytes", bytes, "max-record-bytes", maxBytes);
  }

  /** The codec stopped when the data became too long, so its full length is not known. */
  public static LogException valueTooLarge(String path, long maxBytes) {
    return new LogException(Kind.TOO_LARGE, null,
        "the data of a value is longer than the " + maxBytes + " bytes that max-record-bytes allows in " + path,
        "path", path, "max-record-bytes", maxBytes);
  }

  /** With one more record the log would end at a position that its format can't write. */
  public static LogException logTooLarge(String path, long end, long maxEnd, String framing) {
    return new LogException(Kind.TOO_LARGE, null,
        path + " would end at " + end + ", past " + maxEnd + ", the last position that " + framing
            + " can hold; start a new log",
        "path", path, "end", end, "max-end", maxEnd);
  }

  public static LogException encode(String path, String why) {
    return encode(path, why, null);
  }

  public static LogException encode(String path, Throwable cause) {
    return encode(path, Reason.brief(cause), cause);
  }

  private static LogException encode(String path, String why, Throwable cause) {
    return new LogException(Kind.ENCODE, cause, "cannot encode a value for " + path + ": " + why, "path", path);
  }

  /** @param like the codec whose data this looks like, for example {@code ":json"}; null if it looks like no codec's */
  public static LogException decode(String path, long offset, String codec, String like, Throwable cause) {
    String hint = like == null || like.equals(codec) ? "" : "; " + looksLike(like);
    return new LogException(Kind.DECODE, cause,
        "the record at offset " + offset + " in " + path + " is not " + codec + ": " + Reason.brief(cause) + hint,
        "path", path, "offset", offset, "codec", codec);
  }

  /** The last records were written with another codec than the one in the options. {@code like} is as in {@link #decode}. */
  public static LogException wrongCodec(String path, long offset, String codec, String like) {
    String hint = like == null || like.equals(codec) ? "open it with their codec" : looksLike(like);
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " has records that are not " + codec + ", such as the one at offset " + offset + "; " + hint
            + ", or with :mixed-codecs true to append records that readers of the others can't read; nothing was appended",
        "path", path, "offset", offset, "codec", codec);
  }

  private static String looksLike(String codec) {
    String name = codec.equals(":json") ? "JSON" : codec.equals(":edn") ? "EDN" : "nippy's data";
    return "it looks like " + name + ": open it with the codec " + codec;
  }

  /** The thread was interrupted while the codec was at work. */
  public static LogException interrupted(String path, Throwable cause) {
    return new LogException(Kind.UNAVAILABLE, "interrupted", cause,
        "the thread was interrupted while the codec of " + path + " was at work, and still is interrupted", "path", path);
  }
}
