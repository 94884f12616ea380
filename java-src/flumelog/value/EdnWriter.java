package flumelog.value;

import clojure.lang.APersistentVector;
import clojure.lang.ASeq;
import clojure.lang.BigInt;
import clojure.lang.EdnReader;
import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.IPersistentSet;
import clojure.lang.IPersistentVector;
import clojure.lang.IRecord;
import clojure.lang.Keyword;
import clojure.lang.LazySeq;
import clojure.lang.Named;
import clojure.lang.PersistentArrayMap;
import clojure.lang.PersistentHashMap;
import clojure.lang.PersistentHashSet;
import clojure.lang.PersistentList;
import clojure.lang.Sequential;
import clojure.lang.Symbol;
import clojure.lang.TaggedLiteral;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a value as EDN text. The text does not depend on the settings of Clojure's printer. {@link #isKnown} says whether
 * every class in the value is known to read back equal. If not, the caller has to read the text to find out. For one value
 * and one thread.
 */
public final class EdnWriter {
  /** Values nested deeper than this are not "known": they are read back, because reading needs more stack than writing. */
  static final int DEEP = 64;

  private final BoundedText text;
  private final IFn other;
  private boolean known = true;
  private int depth;

  /**
   * @param text receives the text
   * @param other a function of this writer and a value whose class the writer does not know; it writes to {@link #text()}
   */
  public EdnWriter(BoundedText text, IFn other) {
    this.text = text;
    this.other = other;
  }

  /** {@return the text that this writes to} */
  public BoundedText text() {
    return text;
  }

  /** {@return whether the text is known to read back as an equal value, so that the caller need not try} */
  public boolean isKnown() {
    return known;
  }

  /** Writes a value. */
  public EdnWriter write(Object value) throws Exception {
    if (value == null) text.add("nil");
    else if (value instanceof String string) string(string);
    else if (value instanceof Keyword keyword) name(keyword, keyword.sym);
    else if (value instanceof Number number) number(number);
    else if (value instanceof Boolean) text.add(value.toString());
    else if (value instanceof Symbol symbol) name(symbol, symbol);
    else if (value instanceof Character c) character(c);
    else nested(value);
    return this;
  }

  private void nested(Object value) throws Exception {
    if (++depth > DEEP) known = false;
    if (value instanceof IRecord) other.invoke(this, value);
    else if (value instanceof Map<?, ?> map) map(map);
    else if (value instanceof Set<?> set) set(set);
    else if (value instanceof IPersistentVector vector) items('[', vector, ']', value instanceof APersistentVector);
    else if (value instanceof Sequential) items('(', value, ')', isKnownSequence(value));
    else if (value instanceof List<?>) items('[', value, ']', false);
    else if (value instanceof TaggedLiteral tagged) tagged(tagged.tag.toString() + " ", tagged.form);
    else {
      known = false;
      other.invoke(this, value);
    }
    depth--;
  }

  private static boolean isKnownSequence(Object value) {
    return value instanceof LazySeq || value instanceof ASeq || value instanceof PersistentList
        || value == PersistentList.EMPTY;
  }

  /** Writes a form with a tag. What value it reads back as depends on the reader of that tag, so it is not "known". */
  public void tagged(String tag, Object form) throws Exception {
    known = false;
    text.add('#');
    text.add(tag);
    write(form);
  }

  private void map(Map<?, ?> map) throws Exception {
    known &= map instanceof PersistentArrayMap || map instanceof PersistentHashMap || map instanceof OrderedMap;
    text.add('{');
    boolean first = true;
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      if (!first) text.add(", ");
      first = false;
      write(entry.getKey());
      text.add(' ');
      write(entry.getValue());
    }
    text.add('}');
  }

  private void set(Set<?> set) throws Exception {
    text.add('#');
    items('{', set, '}', set instanceof PersistentHashSet);
  }

  private void items(char open, Object items, char close, boolean isKnown) throws Exception {
    known &= isKnown;
    text.add(open);
    Items.each(items, (first, item) -> {
      if (!first) text.add(' ');
      write(item);
    });
    text.add(close);
  }

  private void number(Number number) throws Exception {
    if (number instanceof Double || number instanceof Float) floating(number);
    else if (number instanceof BigDecimal) text.add(number + "M");
    else if (number instanceof BigInt) text.add(number + "N");
    else {
      known &= number instanceof Long || number instanceof Integer || number instanceof Short || number instanceof Byte;
      text.add(number.toString());
    }
  }

  /** NaN and floats are not "known": a map doesn't find a key that is NaN, and a float reads back as a double. */
  private void floating(Number number) throws Exception {
    double value = number.doubleValue();
    known &= number instanceof Double && value == value;
    text.add(value != value ? "##NaN" : value == Double.POSITIVE_INFINITY ? "##Inf"
        : value == Double.NEGATIVE_INFINITY ? "##-Inf" : number.toString());
  }

  private void string(String string) throws Exception {
    text.add('"');
    int from = 0;
    for (int i = 0; i < string.length(); i++) {
      String escaped = escaped(string.charAt(i));
      if (escaped == null) continue;
      text.add(string.substring(from, i));
      text.add(escaped);
      from = i + 1;
    }
    text.add(from == 0 ? string : string.substring(from));
    text.add('"');
  }

  /** Returns the escape sequence of a char, or null if the char is written as itself. */
  private static String escaped(char c) {
    if (c > '\\' || c >= ' ' && c != '"' && c != '\\') return null;
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\t' -> "\\t";
      case '\r' -> "\\r";
      case '\f' -> "\\f";
      case '\b' -> "\\b";
      default -> null;
    };
  }

  private void character(char c) throws Exception {
    text.add('\\');
    switch (c) {
      case '\n' -> text.add("newline");
      case '\t' -> text.add("tab");
      case ' ' -> text.add("space");
      case '\b' -> text.add("backspace");
      case '\f' -> text.add("formfeed");
      case '\r' -> text.add("return");
      default -> text.add(c);
    }
    known = false;
  }

  /** Writes a keyword or symbol as its name. Refuses a name that would read back as something else, such as one with a space. */
  private void name(Named ident, Symbol symbol) throws Exception {
    String namespace = symbol.getNamespace();
    boolean isPlain = ident instanceof Keyword && isPlain(symbol.getName()) && (namespace == null || isPlain(namespace));
    if (!isPlain && !readsBack(ident)) {
      throw new IllegalArgumentException("EDN can't write the " + (ident instanceof Keyword ? "keyword" : "symbol")
          + " named \"" + ident + "\"");
    }
    text.add(ident.toString());
  }

  private static boolean readsBack(Named ident) {
    if (ident.toString().chars().anyMatch(c -> c < ' ')) return false;    // such a text could be mistaken for nippy's data
    try {
      return ident.equals(EdnReader.readString(ident.toString(), PersistentArrayMap.EMPTY));
    } catch (RuntimeException e) {
      return false;
    }
  }

  /** Whether a name has only such chars as always read back. This check is much faster than reading the name. */
  static boolean isPlain(String name) {
    int length = name.length();
    if (length == 0 || !Character.isLetter(name.charAt(0))) return false;
    for (int i = 1; i < length; i++) {
      if (!isInPlainName(name.charAt(i))) return false;
    }
    return true;
  }

  // cpu: most chars are small letters
  static boolean isInPlainName(char c) {
    return c >= 'a' && c <= 'z' || Character.isLetterOrDigit(c) || c == '-' || c == '_' || c == '.' || c == '?' || c == '!' || c == '*' || c == '>';
  }
}
