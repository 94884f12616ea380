package flumelog.codec;

import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Tells of a text whether it is one form of EDN beyond doubt, without Clojure and without making a value of it. It says no to what
 * is malformed, and also to what is rare and costly to judge: other tags than {@code #inst} and {@code #uuid}, characters, comments,
 * metadata, keys that are collections. In case of no the caller lets the decoder judge. For one text and one thread.
 */
public final class PlainEdn extends EdnScalars {
  /** Deeper values are for the decoder, which goes as deep as its stack allows. */
  private static final int MOST_DEPTH = 200;

  /** Larger maps are put into another order when they are read. */
  private static final int MOST_ENTRIES_IN_ORDER = 8;

  /** The text as the EDN codec would write it again; null where that is not asked. */
  private final @Nullable StringBuilder written;

  private PlainEdn(String text, @Nullable StringBuilder written) {
    super(text);
    this.written = written;
  }

  /**
   * Whether a text is EDN beyond doubt, on one line.
   *
   * @param text any text
   * @return whether the EDN codec reads it; false also where only the codec can tell
   */
  public static boolean is(String text) {
    return new PlainEdn(text, null).read();
  }

  /**
   * The text that the EDN codec writes of the value in a text.
   *
   * @param text any text
   * @return that text; null where only the codec can tell
   */
  public static @Nullable String written(String text) {
    PlainEdn edn = new PlainEdn(text, new StringBuilder(text.length()));
    return edn.read() ? edn.written.toString() : null;
  }

  private boolean read() {
    for (int i = 0; i < text.length(); i++) if (text.charAt(i) < ' ') return false;
    space();
    if (!value(0)) return false;
    space();
    return at == text.length();
  }

  private boolean value(int depth) {
    char c = peek();
    boolean good = switch (c) {
      case '[' -> items("[", ']', depth);
      case '(' -> items("(", ')', depth);
      case '{' -> map(depth);
      default -> c == '#' && text.startsWith("#{", at) ? set(depth) : writtenScalar();
    };
    return good && isEnd();
  }

  private boolean writtenScalar() {
    int from = at;
    if (!scalar(written != null)) return false;
    if (written != null) written.append(text, from, at);
    return true;
  }

  private void write(String part) {
    if (written != null) written.append(part);
  }

  /** White space, a closing bracket or the end must follow a value. */
  private boolean isEnd() {
    return at == text.length() || " ,)]}".indexOf(text.charAt(at)) >= 0;
  }

  private boolean items(String open, char close, int depth) {
    if (depth > MOST_DEPTH) return false;
    write(open);
    at += open.length();
    boolean isFirst = true;
    for (space(); peek() != close; space()) {
      if (!isFirst) write(" ");
      isFirst = false;
      if (!value(depth + 1)) return false;
    }
    at++;
    write(close == ']' ? "]" : ")");
    isSimple = false;
    return true;
  }

  /** No two elements may be equal. */
  private boolean set(int depth) {
    if (depth > MOST_DEPTH) return false;
    write("#{");
    at += 2;
    Set<String> seen = new HashSet<>();
    boolean areSimple = true;
    for (space(); peek() != '}'; space()) {
      if (!isNew(seen, depth)) return false;
      areSimple &= isSimple;
    }
    at++;
    write("}");
    isSimple = false;
    // The codec writes a set in its own order.
    return seen.size() <= 1 || areSimple && written == null;
  }

  /** No two keys may be equal. */
  private boolean map(int depth) {
    if (depth > MOST_DEPTH) return false;
    write("{");
    at++;
    Set<String> keys = new HashSet<>();
    boolean areSimple = true;
    for (space(); peek() != '}'; space()) {
      if (!keys.isEmpty()) write(", ");
      if (!isNew(keys, depth)) return false;
      areSimple &= isSimple;
      write(" ");
      space();
      if (!value(depth + 1)) return false;
    }
    at++;
    write("}");
    isSimple = false;
    return (areSimple || keys.size() <= 1) && (written == null || keys.size() <= MOST_ENTRIES_IN_ORDER);
  }

  private boolean isNew(Set<String> seen, int depth) {
    int from = at;
    return value(depth + 1) && seen.add(text.substring(from, at));
  }
}
