package flumelog.value;

import clojure.lang.IFn;
import clojure.lang.Keyword;
import clojure.lang.LazilyPersistentVector;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentList;
import clojure.lang.RT;
import clojure.lang.Symbol;
import java.util.Arrays;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * Reads EDN that is plain beyond doubt, several times faster than {@code clojure.edn}, which reads one char after the other through a
 * Reader. It makes the very values that {@code clojure.edn} makes. What is malformed, rare or costly to judge it leaves to
 * {@code clojure.edn}: it says {@link #NOT_PLAIN}, of comments, characters, metadata, tags but {@code #inst} and {@code #uuid}, whole
 * numbers of more than 18 digits, and names of other chars than {@link EdnWriter#isPlain} knows. For one text and one thread.
 */
public final class PlainEdnReader extends PlainReader {
  /** The result of {@link #read} for a text that {@code clojure.edn} has to judge. */
  public static final Object NOT_PLAIN = new Object();

  private static final Symbol INST = Symbol.intern("inst");
  private static final Symbol UUID = Symbol.intern("uuid");

  /** Keywords by a hash of their names. A place has the keyword that came last. For any number of threads: an entry has final fields. */
  private static final Known[] KEYWORDS = new Known[1024];

  /** Names that are longer are not remembered, so that a log never makes the table large. */
  private static final int LONGEST_KNOWN = 64;

  private record Known(String name, Keyword keyword) {}

  private final @Nullable IFn readers;

  private PlainEdnReader(String text, @Nullable IFn readers) {
    super(text);
    this.readers = readers;
  }

  /**
   * Reads a text.
   *
   * @param text any text
   * @param readers gives the functions for the tags {@code inst} and {@code uuid}; null if no tag is plain
   * @return the value that {@code clojure.edn} reads, which may be null; or {@link #NOT_PLAIN}
   */
  public static @Nullable Object read(String text, @Nullable IFn readers) {
    try {
      return new PlainEdnReader(text, readers).only();
    } catch (NotPlain | IllegalArgumentException e) {         // such as two equal keys
      return NOT_PLAIN;
    }
  }

  @Override
  boolean isSpace(char c) {
    return c == ' ' || c == ',' || c == '\n' || c == '\t' || c == '\r';
  }

  @Override
  @Nullable Object value(int depth) {
    char c = peek();
    Object value = switch (c) {
      case '"' -> string();
      case ':' -> keyword();
      case '{' -> map(depth);
      case '[' -> vector(depth);
      case '(' -> list(depth);
      case '#' -> hash(depth);
      case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9' -> number();
      default -> name();
    };
    checkEnd();
    return value;
  }

  /** White space, a closing bracket or the end must follow a value. */
  private void checkEnd() {
    if (at == text.length()) return;
    char c = text.charAt(at);
    if (!isSpace(c) && c != '}' && c != ']' && c != ')') throw NotPlain.INSTANCE;
  }

  /** Reads items up to the closing bracket. */
  private Object[] items(char close, int depth) {
    int first = begin(depth);
    while (peek() != close) {
      add(value(depth + 1));
      space();
    }
    at++;
    return taken(first);
  }

  private Object map(int depth) {
    Object[] entries = items('}', depth);
    if (entries.length % 2 != 0) throw NotPlain.INSTANCE;
    return RT.map(entries);
  }

  private Object vector(int depth) {
    return LazilyPersistentVector.createOwning(items(']', depth));
  }

  private Object list(int depth) {
    Object[] taken = items(')', depth);
    return taken.length == 0 ? PersistentList.EMPTY : PersistentList.create(Arrays.asList(taken));
  }

  private Object hash(int depth) {
    at++;
    if (peek() == '{') return PersistentHashSet.createWithCheck(Arrays.asList(items('}', depth)));
    boolean isInst = text.startsWith("inst \"", at);
    if (readers == null || !isInst && !text.startsWith("uuid \"", at)) throw NotPlain.INSTANCE;
    at += "inst ".length();
    String form = string();
    Date date = isInst ? Instants.read(form) : null;
    return date != null ? date : read((IFn) readers.invoke(isInst ? INST : UUID), form);
  }

  private static Object read(IFn reader, String form) {
    try {
      return reader.invoke(form);
    } catch (RuntimeException e) {
      throw NotPlain.INSTANCE;
    }
  }

  private Keyword keyword() {
    int from = ++at;
    int hash = ident();
    int length = at - from;
    int place = hash & KEYWORDS.length - 1;
    Known known = KEYWORDS[place];
    if (known != null && known.name.length() == length && text.startsWith(known.name, from)) return known.keyword;
    String name = text.substring(from, at);
    Keyword keyword = Keyword.intern(name);
    if (length <= LONGEST_KNOWN) KEYWORDS[place] = new Known(name, keyword);
    return keyword;
  }

  /** A symbol, or nil, true or false. */
  private @Nullable Object name() {
    int from = at;
    ident();
    String name = text.substring(from, at);
    return switch (name) {
      case "nil" -> null;
      case "true" -> Boolean.TRUE;
      case "false" -> Boolean.FALSE;
      default -> Symbol.intern(name);
    };
  }

  /** Steps over a plain name, perhaps with a namespace. Returns a hash of it. */
  private int ident() {
    int hash = part(0);
    if (peek() != '/') return hash;
    at++;
    return part(hash);
  }

  private int part(int hash) {
    if (!Character.isLetter(peek())) throw NotPlain.INSTANCE;
    for (; at < text.length(); at++) {
      char c = text.charAt(at);
      if (!EdnWriter.isInPlainName(c)) break;
      hash = 31 * hash + c;
    }
    return hash;
  }
}
