package flumelog.error;

import flumelog.error.LogException.Kind;
import java.util.stream.Stream;

/**
 * Failures because the log can't do the call. It is closed, opened for reading only, or open for writing elsewhere; or this
 * kind of log can't do it at all, or not at the moment.
 */
public final class UseFailures {
  private static final String READ_INSTEAD = ", or open it for reading";

  private UseFailures() {}

  public static LogException closed(String path) {
    return new LogException(Kind.CLOSED, null, path + " is closed; open it again to use it", "path", path);
  }

  /** The log was closed before a reading that follows it had all its records: those from {@code offset} on are missing. */
  public static LogException closedBelow(String path, long offset, long since) {
    return new LogException(Kind.CLOSED, null,
        path + " was closed before all its records were given; open it again and go on from offset " + offset,
        "path", path, "offset", offset, "since", since);
  }

  public static LogException readOnly(String path) {
    return new LogException(Kind.READ_ONLY, null,
        path + " was opened for reading; open it for writing to change it", "path", path);
  }

  /** Another process has the log open. {@code pid} is 0 if it is not known or belongs to another container. */
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
   * Takes the advice to open the log for reading out of the sentence of a {@code LOCKED} failure. An operation that replaces
   * the file can't be done that way.
   *
   * @param failure any failure
   * @return the failure with the changed sentence if it is {@code LOCKED}; otherwise the failure itself
   */
  public static LogException ofRewrite(LogException failure) {
    if (failure.kind() != Kind.LOCKED) return failure;
    Object[] facts = failure.facts().entrySet().stream()
        .flatMap(fact -> Stream.of(fact.getKey(), fact.getValue())).toArray();
    return new LogException(Kind.LOCKED, failure, failure.getMessage().replace(READ_INSTEAD, " first"), facts);
  }

  /** {@code what} names the operation or the part that this kind of log does not have. */
  public static LogException unsupported(String path, String what) {
    return new LogException(Kind.UNSUPPORTED, null, path + " is a kind of log that has no " + what, "path", path);
  }

  /** A head or a proof is asked for of a log that has no tree of hashes. */
  public static LogException notSealed(String path) {
    return new LogException(Kind.UNSUPPORTED, null,
        path + " is not sealed, so it has no head and no proofs; convert it with :protect :sealed", "path", path);
  }

  /**
   * The store of the log can't be reached, or is too busy for the call. Nothing was done.
   *
   * @param doing what was tried, for example {@code "appending to"}
   * @param cause what the store threw
   */
  public static LogException unavailable(String path, String doing, Throwable cause) {
    return new LogException(Kind.UNAVAILABLE, cause,
        doing + " " + path + " is not possible for the moment (" + Reason.brief(cause) + "); nothing was done: try again",
        "path", path);
  }

  /** The page of a log can't be served at an address, as {@code 127.0.0.1:8080}. */
  public static LogException cannotServe(String path, String address, Throwable cause) {
    return new LogException(Kind.FAILED, cause,
        path + " can't be served at " + address + " (" + Reason.brief(cause) + "); take another port, or 0 for any that is free",
        "path", path, "address", address);
  }
}
