package flumelog.error;

import flumelog.error.LogException.Kind;
import java.util.stream.Stream;

/**
 * The log can't take the call: it is closed, opened for reading, or open for writing elsewhere; this kind of log can't do that
 * at all, or not for a moment.
 */
public final class UseFailures {
  private static final String READ_INSTEAD = ", or open it with :mode :read";

  private UseFailures() {}

  public static LogException closed(String path) {
    return new LogException(Kind.CLOSED, null, path + " is closed; open it again to use it", "path", path);
  }

  public static LogException readOnly(String path) {
    return new LogException(Kind.READ_ONLY, null,
        path + " was opened with :mode :read; open it with :mode :read-write to change it", "path", path);
  }

  /** Another process has the log open; {@code pid} is 0 where it is not known, or belongs to another container. */
  public static LogException locked(String path, long pid) {
    return locked(path, pid > 0 ? "process " + pid : "another process or container", pid);
  }

  /** This process has the log open. */
  public static LogException lockedHere(String path) {
    long pid = ProcessHandle.current().pid();
    return locked(path, "this process (pid " + pid + ")", pid);
  }

  private static LogException locked(String path, String holder, long pid) {
    return new LogException(Kind.LOCKED, null,
        path + " is open for writing in " + holder + "; close it there" + READ_INSTEAD,
        "path", path, "pid", pid);
  }

  /**
   * Fits the sentence of {@code LOCKED} to an operation that replaces the file: to open the log for reading is no way out
   * then.
   *
   * @param failure any failure
   * @return the failure with another sentence; the failure itself where it is of another kind
   */
  public static LogException ofRewrite(LogException failure) {
    if (failure.kind() != Kind.LOCKED) return failure;
    Object[] facts = failure.facts().entrySet().stream()
        .flatMap(fact -> Stream.of(fact.getKey(), fact.getValue())).toArray();
    return new LogException(Kind.LOCKED, failure, failure.getMessage().replace(READ_INSTEAD, " first"), facts);
  }

  /** {@code what} is the operation or the side that this kind of log does not have. */
  public static LogException unsupported(String path, String what) {
    return new LogException(Kind.UNSUPPORTED, null, path + " is a kind of log that has no " + what, "path", path);
  }

  /**
   * The store of the log can't be reached, or has no time for the call. Nothing was done.
   *
   * @param doing what was tried, as {@code "appending to"}
   * @param cause what the store threw
   */
  public static LogException unavailable(String path, String doing, Throwable cause) {
    return new LogException(Kind.UNAVAILABLE, cause,
        doing + " " + path + " is not possible for the moment (" + Reason.brief(cause) + "); nothing was done: try again",
        "path", path);
  }
}
