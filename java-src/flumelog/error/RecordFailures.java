package flumelog.error;

import flumelog.error.LogException.Kind;

/** One record, or one value that is to become one, is the trouble; the rest of the log is not. */
public final class RecordFailures {
  private RecordFailures() {}

  public static LogException notARecord(String path, long offset, long end) {
    return new LogException(Kind.NOT_A_RECORD, null,
        "offset " + offset + " is not the start of a record in " + path + ", which ends at " + end,
        "path", path, "offset", offset, "end", end);
  }

  public static LogException deleted(String path, long offset) {
    return new LogException(Kind.DELETED, null,
        "the record at offset " + offset + " in " + path + " was deleted", "path", path, "offset", offset);
  }

  public static LogException recordTooLarge(String path, long bytes, long maxBytes) {
    return new LogException(Kind.TOO_LARGE, null,
        "a record of " + bytes + " bytes is larger than the " + maxBytes + " bytes that :max-record-bytes allows in "
            + path,
        "path", path, "bytes", bytes, "max-record-bytes", maxBytes);
  }

  public static LogException storedRecordTooLarge(String path, long offset, long bytes, long maxBytes) {
    return new LogException(Kind.TOO_LARGE, null,
        "the record at offset " + offset + " in " + path + " has " + bytes + " bytes, more than the " + maxBytes
            + " that :max-record-bytes allows; open the log with a larger one to read it",
        "path", path, "offset", offset, "bytes", bytes, "max-record-bytes", maxBytes);
  }

  /** The codec gave up before it had made all of the data. */
  public static LogException valueTooLarge(String path, long maxBytes) {
    return new LogException(Kind.TOO_LARGE, null,
        "the data of a value is longer than the " + maxBytes + " bytes that :max-record-bytes allows in " + path,
        "path", path, "max-record-bytes", maxBytes);
  }

  /** With one more record the log would be longer than its format can say. */
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

  /** @param like the codec whose data this looks like, as {@code ":json"}; null where it looks like none */
  public static LogException decode(String path, long offset, String codec, String like, Throwable cause) {
    String hint = like == null || like.equals(codec) ? "" : "; " + looksLike(like);
    return new LogException(Kind.DECODE, cause,
        "the record at offset " + offset + " in " + path + " is not " + codec + ": " + Reason.brief(cause) + hint,
        "path", path, "offset", offset, "codec", codec);
  }

  /** The last records are of another codec than the one that the log was opened with; {@code like} as for {@link #decode}. */
  public static LogException wrongCodec(String path, long offset, String codec, String like) {
    String hint = like == null || like.equals(codec) ? "open it with their :codec" : looksLike(like);
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " has records that are not " + codec + ", as the one at offset " + offset + "; " + hint
            + ", or with :mixed-codecs true to append what their readers can't read; nothing was appended",
        "path", path, "offset", offset, "codec", codec);
  }

  private static String looksLike(String codec) {
    String name = codec.equals(":json") ? "JSON" : codec.equals(":edn") ? "EDN" : "nippy's data";
    return "it looks like " + name + ": open it with :codec " + codec;
  }

  /** The thread was interrupted while the codec waited for something. */
  public static LogException interrupted(String path, Throwable cause) {
    return new LogException(Kind.UNAVAILABLE, "interrupted", cause,
        "the thread was interrupted while the codec of " + path + " was at work, and still is interrupted", "path", path);
  }
}
