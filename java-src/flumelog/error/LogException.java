package flumelog.error;

import clojure.lang.IExceptionInfo;
import clojure.lang.IPersistentMap;
import clojure.lang.Keyword;
import clojure.lang.PersistentArrayMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The one exception of a log. It has a sentence with the numbers of the failure, and the same numbers as data.
 *
 * <p>{@code ex-data} contains {@code :flumelog/error} (the {@link #kind}), a {@code :cognitect.anomalies/category}, and the
 * numbers of the sentence, usually {@code :path} and {@code :offset}. The sentences stand in the classes of this package
 * whose names end with "Failures", one class for each group of failures. A back end makes its exceptions with those classes.
 *
 * <p>{@link #getCause} is always null. Clojure's REPL prints only the message of the last cause, and the sentence of this
 * exception says more than that of the system or of a codec. The exception of the system or the codec is {@link #origin}. It
 * is also {@linkplain #getSuppressed suppressed}, so that a stack trace shows it.
 */
public final class LogException extends RuntimeException implements IExceptionInfo {
  private static final long serialVersionUID = 1L;

  /** What went wrong. Clojure's {@code :flumelog/error} has the same name in small letters, with dashes. */
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
    /** The file is not a log, or is of another format than the options name; nothing in it was changed. */
    WRONG_FORMAT("incorrect"),
    /** A record is longer than the options allow, or the log would become longer than its format allows. */
    TOO_LARGE("incorrect"),
    /** The disk has no space left; nothing was appended. The call may be tried again when there is space. */
    FULL("unavailable"),
    /** The disk or the file system failed. */
    FAILED("fault"),
    /** A value can't be encoded, or its data would look like a deleted record. */
    ENCODE("incorrect"),
    /** The data of a record can't be decoded. */
    DECODE("fault"),
    /** An option or an argument is not what it must be. */
    BAD_OPTION("incorrect"),
    /** The call is not possible at the moment, for example because the thread is interrupted. It may be tried again. */
    UNAVAILABLE("unavailable"),
    /** This kind of log does not have the operation. */
    UNSUPPORTED("unsupported"),
    /** A position belongs to another log, or to another state of this log. */
    WRONG_LOG("incorrect");

    final String category;

    Kind(String category) {
      this.category = category;
    }

    private Keyword keyword() {
      return Keyword.intern(name().toLowerCase(Locale.ROOT).replace('_', '-'));
    }
  }

  private static final Keyword ERROR = Keyword.intern("flumelog", "error");
  private static final Keyword CATEGORY = Keyword.intern("cognitect.anomalies", "category");

  /** Facts that name an option or a codec. In Java such a fact is a text that begins with a colon, in Clojure a keyword. */
  private static final List<String> NAMES = List.of("option", "did-you-mean", "codec");

  private final transient Kind kind;
  private final transient IPersistentMap data;
  private final transient Map<String, Object> facts;
  private final transient Throwable origin;

  /** @param facts names and values by turns */
  LogException(Kind kind, Throwable origin, String sentence, Object... facts) {
    this(kind, kind.category, origin, sentence, facts);
  }

  /** @param category the anomaly category, if it is not that of the kind */
  LogException(Kind kind, String category, Throwable origin, String sentence, Object... facts) {
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

  /** {@return the numbers in the message by name: usually {@code "path"} and {@code "offset"}; lengths and offsets in bytes} */
  public Map<String, Object> facts() {
    return facts;
  }

  /** {@return the exception of the system, of a codec or of a callback that led to this one; null if there is none} */
  public Throwable origin() {
    return origin;
  }

  /** {@return the facts as a Clojure map, for {@code ex-data}; names of options and codecs are keywords} */
  @Override
  public IPersistentMap getData() {
    return data;
  }

  @Override
  public String toString() {
    return getClass().getName() + ": " + getMessage() + " " + ValueText.of(data);
  }

  private static Object keyword(Object name) {
    return name instanceof String text && text.startsWith(":") ? Keyword.intern(text.substring(1)) : name;
  }
}
