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
 * Every failure of a log: a sentence with the numbers, and the same numbers as data.
 *
 * <p>{@code ex-data} holds {@code :flumelog/error} (the {@link #kind}), a {@code :cognitect.anomalies/category}, and the
 * numbers of the sentence: mostly {@code :path} and {@code :offset}. The sentences stand in the classes of this package
 * whose names end with "Failures", one class for each kind of trouble; back ends make their exceptions with these.
 *
 * <p>{@link #getCause} is always null: Clojure's REPL prints the message of the last cause and no other, and the sentence
 * here says more than that of the system or of a codec. The exception of the system or of the codec is {@link #origin}. It is
 * also {@linkplain #getSuppressed suppressed}, so that a stack trace shows it.
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

  /** Facts that name an option or a codec: text for Java, which begins with a colon, and a keyword for Clojure. */
  private static final List<String> NAMES = List.of("option", "did-you-mean", "codec");

  private final transient Kind kind;
  private final transient IPersistentMap data;
  private final transient Map<String, Object> facts;
  private final transient Throwable origin;

  /** @param facts a name and a value, by turns */
  LogException(Kind kind, Throwable origin, String sentence, Object... facts) {
    this(kind, kind.category, origin, sentence, facts);
  }

  /** @param category another one than that of the kind */
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

  /** {@return the numbers that the message has, by name: mostly {@code "path"} and {@code "offset"}, in bytes} */
  public Map<String, Object> facts() {
    return facts;
  }

  /** {@return the exception of the system, of a codec or of a callback from which this one was made; null without one} */
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
    return getClass().getName() + ": " + getMessage() + " " + ValueText.of(data);
  }

  private static Object keyword(Object name) {
    return name instanceof String text && text.startsWith(":") ? Keyword.intern(text.substring(1)) : name;
  }
}
