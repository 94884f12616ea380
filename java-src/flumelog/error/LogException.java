package flumelog.error;

import clojure.lang.IExceptionInfo;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Every failure of a log: a sentence with the numbers, and the same numbers as data.
 *
 * <p>{@code ex-data} holds {@code :flumelog/error} (the {@link #kind}), a {@code :cognitect.anomalies/category},
 * and what the factory below names: mostly {@code :path} and {@code :offset}. The factories are for back ends; their
 * arguments are what their sentences say.
 */
public final class LogException extends RuntimeException implements IExceptionInfo {
  private static final long serialVersionUID = 1L;

  /** What went wrong; Clojure's {@code :flumelog/error} carries the same name in small letters, with dashes. */
  public enum Kind {
    /** The log is closed. */
    CLOSED("incorrect"),
    /** The log is opened for reading. */
    READ_ONLY("forbidden"),
    /** The log is open for writing elsewhere. */
    LOCKED("busy"),
    /** No record starts at the offset. */
    NOT_A_RECORD("not-found"),
    /** The record was deleted. */
    DELETED("not-found"),
    /** The file is damaged; nothing in it was changed. */
    CORRUPT("fault"),
    /** The file is no log, or of another format than the one named; nothing in it was changed. */
    WRONG_FORMAT("incorrect"),
    /** A record is longer than the options allow, or the log than its format can hold. */
    TOO_LARGE("incorrect"),
    /** There is no room on the disk; nothing was appended, and one may try again when there is. */
    FULL("unavailable"),
    /** The disk said no. */
    FAILED("fault"),
    /** A value has no data, or none that can be told from a deleted record. */
    ENCODE("incorrect"),
    /** The data of a record has no value. */
    DECODE("fault"),
    /** An option or an argument is not what it must be. */
    BAD_OPTION("incorrect");

    private final String category;

    Kind(String category) {
      this.category = category;
    }

    Keyword keyword() {
      return Keyword.intern(name().toLowerCase(java.util.Locale.ROOT).replace('_', '-'));
    }
  }

  private static final Keyword ERROR = Keyword.intern("flumelog", "error");
  private static final Keyword CATEGORY = Keyword.intern("cognitect.anomalies", "category");

  private final transient Kind kind;
  private final transient IPersistentMap data;
  private final transient Map<String, Object> facts;

  private LogException(Kind kind, Throwable cause, String sentence, Object... facts) {
    super(sentence, cause);
    this.kind = kind;
    IPersistentMap map = PersistentArrayMap.EMPTY
        .assoc(ERROR, kind.keyword())
        .assoc(CATEGORY, Keyword.intern("cognitect.anomalies", kind.category));
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < facts.length; i += 2) {
      map = map.assoc(Keyword.intern((String) facts[i]), facts[i + 1]);
      named.put((String) facts[i], facts[i + 1]);
    }
    this.data = map;
    this.facts = Collections.unmodifiableMap(named);
  }

  /** {@return what went wrong} */
  public Kind kind() {
    return kind;
  }

  /** {@return the numbers that the message has, by name: mostly {@code "path"} and {@code "offset"}, in bytes} */
  public Map<String, Object> facts() {
    return facts;
  }

  /** {@return the facts as Clojure's {@code ex-data} has them} */
  @Override
  public IPersistentMap getData() {
    return data;
  }

  @Override
  public String toString() {
    return getClass().getName() + ": " + getMessage() + " " + data;
  }

  // --- use of the log ---

  public static LogException closed(String path) {
    return new LogException(Kind.CLOSED, null, path + " is closed; open it again to use it", "path", path);
  }

  public static LogException readOnly(String path) {
    return new LogException(Kind.READ_ONLY, null,
        path + " was opened with :mode :read; open it with :mode :read-write to change it", "path", path);
  }

  /** {@code pid} is 0 when the holder did not leave one. */
  public static LogException locked(String path, long pid) {
    String holder = pid == ProcessHandle.current().pid() ? "this process (pid " + pid + ")"
        : pid > 0 ? "process " + pid : "another process";
    return new LogException(Kind.LOCKED, null,
        path + " is open for writing in " + holder + "; close it there, or open it with :mode :read",
        "path", path, "pid", pid);
  }

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

  public static LogException logTooLarge(String path, long end, long maxEnd, String framing) {
    return new LogException(Kind.TOO_LARGE, null,
        path + " would end at " + end + ", past " + maxEnd + ", the last position that " + framing
            + " can hold; start a new log",
        "path", path, "end", end, "max-end", maxEnd);
  }

  // --- the file ---

  public static LogException corrupt(String path, long offset, String what) {
    return new LogException(Kind.CORRUPT, null,
        "the frame at offset " + offset + " in " + path + " is damaged: " + what, "path", path, "offset", offset);
  }

  /** Damage found by open; {@code nextGood} is where the next whole frame was seen, or -1 when none was. */
  public static LogException corruptMiddle(
      String path, long offset, long size, long watermark, long nextGood, String what) {
    return new LogException(Kind.CORRUPT, null,
        path + " is damaged at offset " + offset + " of " + size + " bytes: " + what
            + "; nothing was changed: open it with :mode :read to read the records before the damage, salvage what is"
            + " good into a new file, or cut it there with recover!",
        "path", path, "offset", offset, "size", size, "watermark", watermark, "next-good", nextGood);
  }

  public static LogException wrongFormat(String path, String what, String found) {
    return new LogException(Kind.WRONG_FORMAT, null, path + " " + what + "; nothing was changed",
        "path", path, "found", found);
  }

  /** Turns what the file system said into what it means for the log. */
  public static LogException io(String path, String doing, IOException cause) {
    if (cause instanceof ClosedChannelException) return closed(path);
    String said = said(cause);
    if (isFull(said)) {
      return new LogException(Kind.FULL, cause,
          "no room left while " + doing + " " + path + " (" + said + "); free some and try again", "path", path);
    }
    return new LogException(Kind.FAILED, cause, doing + " " + path + " failed: " + said, "path", path);
  }

  /** What is on disk is not known any more: after a force that failed, or a write that could not be undone. */
  public static LogException failed(String path, Throwable cause) {
    return new LogException(Kind.FAILED, cause,
        path + " takes no more writes because an earlier one could not be made safe (" + cause.getMessage()
            + "); reading goes on: close it and open it again to recover",
        "path", path);
  }

  public static LogException cannotOpen(String path, Throwable cause) {
    String said = said(cause);
    return new LogException(isFull(said) ? Kind.FULL : Kind.FAILED, cause, "cannot open " + path + ": " + said, "path", path);
  }

  /** Somebody cut the file below what this log has already read. */
  public static LogException shrunk(String path, long size, long end) {
    return new LogException(Kind.CORRUPT, null,
        path + " was cut to " + size + " bytes by somebody else while this log knows records up to " + end
            + "; close it and open it again",
        "path", path, "offset", size, "end", end);
  }

  // --- values ---

  public static LogException encode(String path, String what) {
    return encode(path, what, null);
  }

  public static LogException encode(String path, Throwable cause) {
    return encode(path, brief(cause), cause);
  }

  private static LogException encode(String path, String what, Throwable cause) {
    return new LogException(Kind.ENCODE, cause, "cannot encode a value for " + path + ": " + what, "path", path);
  }

  public static LogException decode(String path, long offset, String codec, Throwable cause) {
    return new LogException(Kind.DECODE, cause,
        "the record at offset " + offset + " in " + path + " is not " + codec + ": " + brief(cause),
        "path", path, "offset", offset, "codec", codec);
  }

  // --- options ---

  public static LogException badOption(String key, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null, "option " + key + " must be " + expected + ", was " + value,
        "option", key, "value", value);
  }

  /** An argument of a function that it can do nothing with. */
  public static LogException badArgument(String name, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null, name + " must be " + expected + ", was " + typed(value),
        "argument", name, "value", value);
  }

  public static LogException missingLibrary(String key, Object value, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        "option " + key + " " + value + " needs a library that is not on the class path: add " + dependency,
        "option", key, "value", value, "dependency", dependency);
  }

  /** A namespace that nobody has to load, and that needs a library. */
  public static LogException missingLibrary(String namespace, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        namespace + " needs a library that is not on the class path: add " + dependency,
        "namespace", namespace, "dependency", dependency);
  }

  public static LogException unknownOption(String key, String nearest, Map<String, ?> known) {
    return new LogException(Kind.BAD_OPTION, null,
        "unknown option " + key + "; did you mean " + nearest + "? Known: " + String.join(" ", known.keySet()),
        "option", key, "did-you-mean", nearest);
  }

  private static String typed(Object value) {
    return value == null ? "nil" : value + " (" + value.getClass().getName() + ")";
  }

  /** What the file system said; the messages of Java's exceptions for it are the path and at times the reason. */
  private static String said(Throwable cause) {
    if (cause instanceof NoSuchFileException e) return "there is no " + e.getFile();
    if (cause instanceof AccessDeniedException e) return "there is no permission for " + e.getFile();
    if (!(cause instanceof FileSystemException e)) return brief(cause);
    return e.getReason() != null ? e.getReason() : e.getClass().getSimpleName() + " " + e.getFile();
  }

  private static boolean isFull(String said) {
    return said.contains("No space left") || said.contains("quota") || said.contains("File too large")
        || said.contains("not enough space");
  }

  private static String brief(Throwable cause) {
    String said = cause.getMessage();
    String text = said == null ? cause.getClass().getSimpleName() : said;
    return text.length() <= 200 ? text : text.substring(0, 200) + "...";
  }
}
