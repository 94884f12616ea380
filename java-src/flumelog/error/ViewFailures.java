package flumelog.error;

import flumelog.error.LogException.Kind;

/** Failures of views, which are kept up to date with a log. */
public final class ViewFailures {
  private ViewFailures() {}

  /**
   * A view has stopped before a record.
   *
   * @param view its name
   * @param offset of the record, -1 if it is not known
   */
  public static LogException viewFailed(String path, String view, long offset, Throwable cause) {
    String where = offset < 0 ? "" : " at the record at offset " + offset;
    return new LogException(Kind.VIEW_FAILED, cause,
        "view " + view + " of " + path + " has failed" + where + ": " + Reason.brief(cause)
            + "; correct the view and give it another :version, or open it with :on-error :skip",
        "path", path, "view", view, "offset", offset, "cause", Reason.brief(cause));
  }

  /** A view has not come as far as a reader wanted in the time that the reader gave. */
  public static LogException timeout(String path, String view, long wanted, long since, long millis) {
    return new LogException(Kind.TIMEOUT, null,
        "view " + view + " of " + path + " has come to offset " + since + ", not yet to " + wanted + ", in " + millis
            + " ms; wait longer, or read what is there with :await :none",
        "path", path, "view", view, "await", wanted, "since", since, "timeout-ms", millis);
  }

  /** The views of a log are closed. */
  public static LogException closed(String path) {
    return new LogException(Kind.CLOSED, null, "the db over " + path + " is closed; open it again to read its views", "path", path);
  }

  /** Another db has the folder of the views. */
  public static LogException locked(String folder, LogException cause) {
    return new LogException(Kind.LOCKED, cause,
        "the views in " + folder + " are open in another db; close that first, or give this one another :dir", "path", folder);
  }

  /** A part of a view's file is not what was written there. The log has all that is needed to build the view anew. */
  public static LogException damaged(String path, long position) {
    return new LogException(Kind.CORRUPT, null,
        "a file of a view, " + path + ", is damaged in the part that starts at " + position
            + "; the log is not, and the view is built anew from it: read again",
        "path", path, "view-file", path, "position", position);
  }

  /** A field has more values than a bitmap view can have bitmaps. */
  public static LogException tooManyValues(String field, Object value, int most) {
    return new LogException(Kind.BAD_OPTION, null,
        "field " + field + " of a view/bitmap has more than " + most + " values, of which " + ValueText.of(value)
            + " is one more; use a view/index for a field with so many values, or a larger :max-values",
        "field", field, "value", value, "max-values", most);
  }

  /** @param expected the values that a bitmap view can have */
  public static LogException badFieldValue(String field, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null,
        "the value of field " + field + " of a view/bitmap must be " + expected + ", was " + ValueText.of(value),
        "field", field, "value", value);
  }
}
