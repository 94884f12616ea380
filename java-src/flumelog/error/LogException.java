package flumelog.error;

import clojure.lang.IExceptionInfo;
import clojure.lang.IPersistentMap;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

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
 *
 * <p>It can be serialized. A fact that is neither a text nor a number is a text afterwards.
 */
public final class LogException extends RuntimeException implements IExceptionInfo {
  private static final long serialVersionUID = 1L;

  /** What went wrong. Clojure's {@code :flumelog/error} has the same name in small letters, with dashes. */
  public enum Kind {
    /** The log is closed. */
    CLOSED("incorrect"),
    /** The log is opened for reading. */
    READ_ONLY("forbidden"),
    /** The log is open for writing elsewhere, or another writer has taken it over. */
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
    WRONG_LOG("incorrect"),
    /** The key of an encrypted log is missing, or is not that of the log. Nothing in the file was changed. */
    WRONG_KEY("incorrect"),
    /** A view has stopped at a record that its function can't take, or that can't be read. */
    VIEW_FAILED("fault"),
    /** What was waited for did not happen in the time that the caller gave. */
    TIMEOUT("unavailable");

    final String category;

    Kind(String category) {
      this.category = category;
    }
  }

  private final Kind kind;
  private final String category;
  private final LinkedHashMap<String, Object> facts;
  private final Throwable origin;

  /** @param facts names and values by turns */
  LogException(Kind kind, Throwable origin, String sentence, Object... facts) {
    this(kind, kind.category, origin, sentence, facts);
  }

  /** @param category the anomaly category, if it is not that of the kind */
  LogException(Kind kind, String category, Throwable origin, String sentence, Object... facts) {
    this(kind, category, origin, sentence, named(facts));
  }

  private LogException(Kind kind, String category, Throwable origin, String sentence, LinkedHashMap<String, Object> facts) {
    super(sentence);
    this.kind = kind;
    this.category = category;
    this.origin = origin;
    this.facts = facts;
    if (origin != null) addSuppressed(origin);
  }

  private static LinkedHashMap<String, Object> named(Object[] facts) {
    LinkedHashMap<String, Object> named = new LinkedHashMap<>();
    for (int i = 0; i < facts.length; i += 2) named.put((String) facts[i], facts[i + 1]);
    return named;
  }

  /** {@return what went wrong} */
  public Kind kind() {
    return kind;
  }

  /** {@return the numbers in the message by name: usually {@code "path"} and {@code "offset"}; lengths and offsets in bytes} */
  public Map<String, Object> facts() {
    return Collections.unmodifiableMap(facts);
  }

  /** {@return the exception of the system, of a codec or of a callback that led to this one; null if there is none} */
  public @Nullable Throwable origin() {
    return origin;
  }

  /** The anomaly category, without its namespace. */
  String category() {
    return category;
  }

  /** {@return the facts as a Clojure map, for {@code ex-data}; names of options and codecs are keywords} */
  @Override
  public IPersistentMap getData() {
    return ClojureData.of(this);
  }

  /** {@return the sentence, the kind and the facts} */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(getClass().getName());
    text.append(": ").append(getMessage()).append(" (").append(kind);
    for (Map.Entry<String, Object> fact : facts.entrySet()) {
      text.append(", ").append(fact.getKey()).append('=')
          .append(fact.getValue() == null ? "null" : ValueText.of(fact.getValue()));
    }
    return text.append(')').toString();
  }

  /** What is serialized: this exception, with the text of each fact and of an origin that can't be serialized. */
  private Object writeReplace() {
    Throwable portable = Portable.origin(origin);
    LogException copy = new LogException(kind, category, portable, getMessage(), Portable.facts(facts));
    copy.setStackTrace(getStackTrace());
    for (Throwable other : getSuppressed()) if (other != origin) copy.addSuppressed(Portable.origin(other));
    return copy;
  }
}
