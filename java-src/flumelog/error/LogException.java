package flumelog.error;

import clojure.lang.IExceptionInfo;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Every failure of a log: a sentence with the numbers, and the same numbers as data.
 *
 * <p>{@code ex-data} holds {@code :flumelog/error} (the {@link #kind}), a {@code :cognitect.anomalies/category},
 * and what the factory below names: mostly {@code :path} and {@code :offset}. The factories are for back ends; their
 * arguments are what their sentences say.
 *
 * <p>{@link #getCause} is always null: Clojure's REPL prints the message of the last cause and no other, and the sentence
 * here says more than that of the system or of a codec. What they threw is {@link #origin}, which also goes along as
 * {@linkplain #getSuppressed suppressed}, so that a stack trace shows it.
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
    BAD_OPTION("incorrect"),
    /** What is needed is not there for a moment, as when the thread is interrupted; one may try again. */
    UNAVAILABLE("unavailable"),
    /** This kind of log can't do that. */
    UNSUPPORTED("unsupported"),
    /** A position is one of another log, or of another state of this one. */
    WRONG_LOG("incorrect");

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

  /** Facts that name an option or a codec: text for Java, which begins with a colon, and a keyword for Clojure. */
  private static final List<String> NAMES = List.of("option", "did-you-mean", "codec");

  private static final String READ_INSTEAD = ", or open it with :mode :read";

  private final transient Kind kind;
  private final transient IPersistentMap data;
  private final transient Map<String, Object> facts;
  private final transient Throwable origin;

  private LogException(Kind kind, Throwable origin, String sentence, Object... facts) {
    this(kind, kind.category, origin, sentence, facts);
  }

  private LogException(Kind kind, String category, Throwable origin, String sentence, Object... facts) {
    super(sentence);
    this.kind = kind;
    this.origin = origin;
    if (origin != null) addSuppressed(origin);
    IPersistentMap map = PersistentArrayMap.EMPTY
        .assoc(ERROR, kind.keyword())
        .assoc(CATEGORY, Keyword.intern("cognitect.anomalies", category));
    Map<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < facts.length; i += 2) {
      String name = (String) facts[i];
      map = map.assoc(Keyword.intern(name), NAMES.contains(name) ? keyword(facts[i + 1]) : facts[i + 1]);
      named.put(name, facts[i + 1]);
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

  /** {@return what the system, a codec or a callback threw, of which this was made; null where there was nothing} */
  public Throwable origin() {
    return origin;
  }

  /** {@return the facts as Clojure's {@code ex-data} has them, names of options and codecs as keywords} */
  @Override
  public IPersistentMap getData() {
    return data;
  }

  @Override
  public String toString() {
    return getClass().getName() + ": " + getMessage() + " " + Shown.of(data);
  }

  /**
   * Puts on the log line what is no failure of a call.
   *
   * @param level how bad it is
   * @param sentence what has happened
   * @param cause of it; where that is one of ours, or of the file system, what it says is enough, without a stack trace
   */
  public static void tell(System.Logger.Level level, String sentence, Throwable cause) {
    System.Logger logger = System.getLogger("flumelog");
    if (cause instanceof LogException) logger.log(level, "{0}: {1}", sentence, cause.getMessage());
    else if (cause instanceof IOException) logger.log(level, "{0}: {1}", sentence, Said.of(cause));
    else logger.log(level, sentence, cause);
  }

  private static Object keyword(Object name) {
    return name instanceof String text && text.startsWith(":") ? Keyword.intern(text.substring(1)) : name;
  }

  // --- use of the log ---

  public static LogException closed(String path) {
    return new LogException(Kind.CLOSED, null, path + " is closed; open it again to use it", "path", path);
  }

  public static LogException readOnly(String path) {
    return new LogException(Kind.READ_ONLY, null,
        path + " was opened with :mode :read; open it with :mode :read-write to change it", "path", path);
  }

  /** Another process has the log; {@code pid} is 0 where it is not known, or is one of another container. */
  public static LogException locked(String path, long pid) {
    return locked(path, pid > 0 ? "process " + pid : "another process or container", pid);
  }

  /** This process has the log. */
  public static LogException lockedHere(String path) {
    long pid = ProcessHandle.current().pid();
    return locked(path, "this process (pid " + pid + ")", pid);
  }

  private static LogException locked(String path, String holder, long pid) {
    return new LogException(Kind.LOCKED, null,
        path + " is open for writing in " + holder + "; close it there" + READ_INSTEAD,
        "path", path, "pid", pid);
  }

  /** {@return the same error; where the log is open elsewhere, for work that needs the file for itself} */
  public LogException toRewrite() {
    if (kind != Kind.LOCKED) return this;
    Object[] same = facts.entrySet().stream().flatMap(fact -> Stream.of(fact.getKey(), fact.getValue())).toArray();
    return new LogException(kind, this, getMessage().replace(READ_INSTEAD, " first"), same);
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

  /** @param suffix the longest that a name beside it has more than its own */
  public static LogException nameTooLong(String path, String name, String suffix) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    return new LogException(Kind.BAD_OPTION, null,
        "the name of a log must leave room for those of the files beside it, which are up to " + suffix.length()
            + " bytes longer, as <name>" + suffix + "; this one has " + bytes + " bytes, mostly 255 are allowed: " + path,
        "path", path, "bytes", bytes, "max-bytes", 255 - suffix.length());
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

  /** A file without one whole record; {@code looksLike} is what else it is, or null where that is not known. */
  public static LogException noLog(String path, String what, String looksLike) {
    return new LogException(Kind.WRONG_FORMAT, null, path + " " + what + "; nothing was changed: if it is to become an empty log,"
        + " recover! with {:cut-at 0} cuts all of it off, and keeps that in " + path + ".torn-0",
        "path", path, "found", "none", "looks-like", looksLike);
  }

  /**
   * What the file system said, as a part of a sentence.
   *
   * @param cause what it threw
   * @return the part of a sentence
   */
  public static String reason(IOException cause) {
    return Said.of(cause);
  }

  /** Turns what the file system said into what it means for the log. */
  public static LogException io(String path, String doing, IOException cause) {
    if (cause instanceof ClosedChannelException) return closed(path);
    String said = Said.of(cause);
    if (Said.isTooLong(said)) {
      return new LogException(Kind.FULL, cause,
          doing + " " + path + " failed: " + said + "; raise the limit of this process (ulimit -f), or where there is none"
              + " go on in another file: the file system allows no longer one", "path", path);
    }
    if (Said.isFull(said)) {
      String file = Said.otherFile(cause, path);
      return new LogException(Kind.FULL, cause,
          "no room left " + (file == null ? "" : "for " + file + " ") + "while " + doing + " " + path + " (" + said
              + "); free some and try again",
          file == null ? new Object[] {"path", path} : new Object[] {"path", path, "file", file});
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

  /** What a write buffer holds when its log is closed can't be handed over. */
  public static LogException notDrained(String path, String buffer, LogException cause) {
    return new LogException(Kind.FULL, cause,
        path + " is closed, and its last records are in " + buffer + " beside it: there is no room for them in the log ("
            + cause.getMessage() + "); free some: the next open puts them there",
        "path", path, "buffer", buffer);
  }

  public static LogException cannotOpen(String path, Throwable cause) {
    String said = Said.of(cause);
    if (Said.isFull(said)) return noRoomToOpen(path, said, cause);
    String category = cause instanceof NoSuchFileException ? Kind.NOT_A_RECORD.category : Kind.FAILED.category;
    return new LogException(Kind.FAILED, category, cause, "cannot open " + path + ": " + said, "path", path);
  }

  private static LogException noRoomToOpen(String path, String said, Throwable cause) {
    String other = Said.otherFile(cause, path);
    String file = other == null ? path : other;
    return new LogException(Kind.FULL, cause,
        "cannot open " + path + ": there is no room for " + file + " (" + said + "); free some and open it again, or open"
            + " it with :mode :read, which needs none", "path", path, "file", file);
  }

  /** @param nearest the name in the folder that is most like that of the file; null where there is none */
  public static LogException noSuchFile(String path, String nearest) {
    Throwable cause = new NoSuchFileException(path);
    if (nearest == null) return cannotOpen(path, cause);
    return new LogException(Kind.FAILED, Kind.NOT_A_RECORD.category, cause,
        "cannot open " + path + ": " + Said.of(cause) + "; did you mean " + nearest + " in that folder?",
        "path", path, "nearest", nearest);
  }

  /** Somebody cut the file below what this log has already read. */
  public static LogException shrunk(String path, long size, long end) {
    return new LogException(Kind.CORRUPT, null,
        path + " was cut to " + size + " bytes by somebody else while this log knows records up to " + end
            + "; close it and open it again",
        "path", path, "offset", size, "end", end);
  }

  /** A file that is mounted by itself can't be replaced. */
  public static LogException mountedAlone(String path) {
    return new LogException(Kind.FAILED, null,
        path + " is mounted as a single file, so no other file can take its place; mount its folder instead, or compact it"
            + " where the folder is", "path", path);
  }

  /** Another process has changed the file of a log that is open for writing, or has taken its place or its lock. */
  public static LogException notAlone(String path, String what, long size, long end) {
    return new LogException(Kind.FAILED, null,
        path + " " + what + "; nothing more is written, and reading goes on",
        size < 0 ? new Object[] {"path", path, "end", end} : new Object[] {"path", path, "size", size, "end", end});
  }

  /** This kind of log can't do {@code what}. */
  public static LogException unsupported(String path, String what) {
    return new LogException(Kind.UNSUPPORTED, null, path + " is a kind of log that has no " + what, "path", path);
  }

  /** {@code id} is that of the log, or null while it is empty; {@code expectedId} is that of the position. */
  public static LogException wrongLog(String path, String id, String expectedId, long offset, String why) {
    return new LogException(Kind.WRONG_LOG, null,
        "the position at offset " + offset + " is not one of " + path + " as it is now: " + why
            + "; start again from the log's beginning, or use the log that the position was taken from",
        "path", path, "offset", offset, "id", id, "expected-id", expectedId);
  }

  /** A backup would overwrite something else than an older backup of the same log. */
  public static LogException notABackup(String path, String target, String why) {
    return new LogException(Kind.BAD_OPTION, null,
        "cannot back up " + path + " to " + target + ", which " + why + "; nothing was changed: name another path, or move that away",
        "path", target, "log", path);
  }

  /** What a reader follows is not there any more. */
  public static LogException removed(String path) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " was removed or renamed while it was open for reading, so nothing more comes; what was read of it stays readable until"
            + " it is closed", "path", path);
  }

  /** Another file has the path of what a reader follows. */
  public static LogException replaced(String path) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " is another file by now than the one that is open for reading: it was compacted or replaced; open it again, and take"
            + " no offset of the old one for one of the new",
        "path", path);
  }

  /** Records were seen that belonged to an append that failed. */
  public static LogException cutBack(String path, long offset) {
    return new LogException(Kind.WRONG_LOG, null,
        path + " was cut back by its writer, whose append had failed: of the records from " + offset + " on some were seen that are"
            + " none; undo what was made of these, and go on with {:gte " + offset + "}",
        "path", path, "offset", offset);
  }

  // --- values ---

  public static LogException encode(String path, String what) {
    return encode(path, what, null);
  }

  public static LogException encode(String path, Throwable cause) {
    return encode(path, Said.brief(cause), cause);
  }

  private static LogException encode(String path, String what, Throwable cause) {
    return new LogException(Kind.ENCODE, cause, "cannot encode a value for " + path + ": " + what, "path", path);
  }

  /** A value whose data the codec did not even make to its end. */
  public static LogException valueTooLarge(String path, long maxBytes) {
    return new LogException(Kind.TOO_LARGE, null,
        "the data of a value is longer than the " + maxBytes + " bytes that :max-record-bytes allows in " + path,
        "path", path, "max-record-bytes", maxBytes);
  }

  /** @param like the codec that the data looks as if it were of, as {@code ":json"}; null where none is seen */
  public static LogException decode(String path, long offset, String codec, String like, Throwable cause) {
    String hint = like == null || like.equals(codec) ? "" : "; it looks like " + called(like) + ": open it with :codec " + like;
    return new LogException(Kind.DECODE, cause,
        "the record at offset " + offset + " in " + path + " is not " + codec + ": " + Said.brief(cause) + hint,
        "path", path, "offset", offset, "codec", codec);
  }

  /** The last records are not of the codec that the log was opened with; {@code like} as for {@link #decode}. */
  public static LogException wrongCodec(String path, long offset, String codec, String like) {
    String hint = like == null || like.equals(codec) ? "open it with their :codec"
        : "it looks like " + called(like) + ": open it with :codec " + like;
    return new LogException(Kind.WRONG_FORMAT, null,
        path + " has records that are not " + codec + ", as the one at offset " + offset + "; " + hint
            + ", or with :mixed-codecs true to append what their readers can't read; nothing was appended",
        "path", path, "offset", offset, "codec", codec);
  }

  private static String called(String codec) {
    return codec.equals(":json") ? "JSON" : codec.equals(":edn") ? "EDN" : "nippy's data";
  }

  /** A codec waited for something, and the thread was interrupted. */
  public static LogException interrupted(String path, Throwable cause) {
    return new LogException(Kind.UNAVAILABLE, "interrupted", cause,
        "the thread was interrupted while the codec of " + path + " was at work, and still is interrupted", "path", path);
  }

  // --- options ---

  public static LogException badOption(String key, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null, "option " + key + " must be " + expected + ", was " + Shown.of(value),
        "option", key, "value", value);
  }

  /** An argument of a function that it can do nothing with. */
  public static LogException badArgument(String name, Object value, String expected) {
    return new LogException(Kind.BAD_OPTION, null, name + " must be " + expected + ", was " + Shown.of(value),
        "argument", name, "value", value);
  }

  public static LogException missingLibrary(String key, Object value, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        "option " + key + " " + Shown.of(value) + " needs a library that is not on the class path: add " + dependency,
        "option", key, "value", value, "dependency", dependency);
  }

  /** What an option names is there, and can't be loaded at the moment: there may be no descriptor left. */
  public static LogException cannotLoad(String key, Object value, Throwable cause) {
    return new LogException(Kind.FAILED, cause, "what option " + key + " " + Shown.of(value) + " names can't be loaded: "
        + Said.brief(cause) + "; try again", "option", key, "value", value);
  }

  /** A namespace that nobody has to load, and that needs a library. */
  public static LogException missingLibrary(String namespace, String dependency, Throwable cause) {
    return new LogException(Kind.BAD_OPTION, cause,
        namespace + " needs a library that is not on the class path: add " + dependency,
        "namespace", namespace, "dependency", dependency);
  }

  /** @param nearest the option that was meant, or null where none is like it */
  public static LogException unknownOption(String key, String nearest, Map<String, ?> known) {
    String all = "Known: " + String.join(" ", known.keySet());
    if (nearest == null) return new LogException(Kind.BAD_OPTION, null, "unknown option " + key + ". " + all, "option", key);
    return new LogException(Kind.BAD_OPTION, null, "unknown option " + key + "; did you mean " + nearest + "? " + all,
        "option", key, "did-you-mean", nearest);
  }

  /** An option that means something elsewhere; {@code instead} says what to do. */
  public static LogException uselessOption(String key, String where, String instead) {
    return new LogException(Kind.BAD_OPTION, null, "option " + key + " means nothing in " + where + ": " + instead,
        "option", key);
  }
}
