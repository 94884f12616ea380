package flumelog.codec;

import java.util.BitSet;

/** Checks whether a text is JSON, without a library and without making a value of it. For one text and one thread. */
final class JsonShape {
  private final String text;
  private final boolean isJson;
  /** For each collection around the current position, outermost first, whether it is an object; if not, it is an array. */
  private final BitSet objects = new BitSet();
  private int depth;
  private int at;
  private boolean keys;
  private boolean commas;

  JsonShape(String text) {
    this.text = text;
    this.isJson = read();
  }

  boolean isJson() {
    return isJson;
  }

  /** Whether the text is JSON with a key in it. A colon stands directly after a key, which the EDN codec never writes. */
  boolean hasKeys() {
    return isJson && keys;
  }

  /** Whether the text is JSON with a comma in it. The EDN codec writes commas only in maps, and no such map is JSON. */
  boolean hasCommas() {
    return isJson && commas;
  }

  private boolean read() {
    boolean more = true;
    while (more) {
      skipSpace();
      if (opens('{', '}')) {
        objects.set(depth++);
        if (!key()) return false;
      } else if (opens('[', ']')) {
        objects.clear(depth++);
      } else {
        if (!empty() && !scalar()) return false;
        int next = afterValue();
        if (next < 0) return false;
        more = next > 0;
      }
    }
    return at == text.length();
  }

  /** Steps into a collection that is not empty. Returns whether there was one. */
  private boolean opens(char open, char close) {
    if (peek() != open) return false;
    int from = at++;
    skipSpace();
    if (peek() != close) return true;
    at = from;
    return false;
  }

  private boolean empty() {
    char open = peek();
    if (open != '{' && open != '[') return false;
    at++;
    skipSpace();
    at++;
    return true;
  }

  /** Steps behind a value. Returns 1 if another value follows, 0 at the end of the text, -1 if the text is not JSON. */
  private int afterValue() {
    skipSpace();
    while (depth > 0) {
      boolean inObject = objects.get(depth - 1);
      char c = peek();
      at++;
      if (c == ',') {
        commas = true;
        skipSpace();
        return !inObject || key() ? 1 : -1;
      }
      if (c != (inObject ? '}' : ']')) return -1;
      depth--;
      skipSpace();
    }
    return 0;
  }

  private boolean key() {
    if (!string() || peek() != ':') return false;
    at++;
    keys = true;
    return true;
  }

  private boolean scalar() {
    char c = peek();
    return c == '"' ? string() : c == '-' || isDigit(c) ? number() : word("true") || word("false") || word("null");
  }

  private boolean string() {
    if (peek() != '"') return false;
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\\') at++;
      else if (c == '"') {
        at++;
        return true;
      }
    }
    return false;
  }

  private boolean number() {
    if (peek() == '-') at++;
    if (!digits()) return false;
    if (peek() == '.') {
      at++;
      if (!digits()) return false;
    }
    if (peek() != 'e' && peek() != 'E') return true;
    at++;
    if (peek() == '+' || peek() == '-') at++;
    return digits();
  }

  private boolean digits() {
    int from = at;
    while (isDigit(peek())) at++;
    return at > from;
  }

  private static boolean isDigit(char c) {
    return c >= '0' && c <= '9';
  }

  private boolean word(String word) {
    if (!text.startsWith(word, at)) return false;
    at += word.length();
    return true;
  }

  private void skipSpace() {
    while (peek() == ' ' || peek() == '\n' || peek() == '\t' || peek() == '\r') at++;
  }

  /** Returns the next char; at the end of the text it returns a char that JSON allows nowhere. */
  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }
}
