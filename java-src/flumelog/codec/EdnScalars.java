package flumelog.codec;

/** Steps over the parts of EDN that have no parts themselves. */
class EdnScalars {
  private static final int MOST_DIGITS = 100;
  private static final int MOST_DIGITS_OF_LONG = 18;
  private static final String INSTANT = "\"0000-00-00T00:00:00.000-00:00\"";
  private static final String UUID = "\"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx\"";
  private static final int[] DAYS = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

  final String text;
  int at;
  /** Whether the last value equals no value that is written otherwise: two of them are equal if their texts are. */
  boolean isSimple;

  EdnScalars(String text) {
    this.text = text;
  }

  /**
   * Steps over a scalar. Returns whether there is one beyond doubt.
   *
   * @param asWritten whether it must be written as the EDN codec writes it
   */
  final boolean scalar(boolean asWritten) {
    isSimple = true;
    char c = peek();
    return switch (c) {
      case '"' -> string();
      case ':' -> keyword();
      case '#' -> tagged();
      default -> c == '-' || isDigit(c) ? number(asWritten) : name();
    };
  }

  private boolean tagged() {
    isSimple = false;
    return skips("#inst ") ? instant() : skips("#uuid ") && matches(UUID);
  }

  private boolean skips(String word) {
    if (!text.startsWith(word, at)) return false;
    at += word.length();
    return true;
  }

  /** Takes the form in which Clojure prints a time. */
  private boolean instant() {
    int from = at + 1;
    if (!matches(INSTANT)) return false;
    int year = digits(from, 4);
    int month = digits(from + 5, 2);
    int day = digits(from + 8, 2);
    if (month < 1 || month > 12 || day < 1 || day > DAYS[month - 1]) return false;
    if (month == 2 && day == 29 && (year % 4 != 0 || year % 100 == 0 && year % 400 != 0)) return false;
    return digits(from + 11, 2) < 24 && digits(from + 14, 2) < 60 && digits(from + 17, 2) < 60;
  }

  private int digits(int from, int count) {
    return Integer.parseInt(text, from, from + count, 10);
  }

  /** Steps over a text of the same form: a digit for each 0, a hexadecimal digit for each x. */
  private boolean matches(String form) {
    if (at + form.length() > text.length()) return false;
    // The zone of a time is always that of UTC.
    int exact = form.length() - "-00:00\"".length();
    for (int i = 0; i < form.length(); i++) {
      char c = text.charAt(at + i);
      char like = form.charAt(i);
      boolean good = like == 'x' ? isDigit(c) || c >= 'a' && c <= 'f' : like == '0' && i < exact ? isDigit(c) : c == like;
      if (!good) return false;
    }
    at += form.length();
    return true;
  }

  private boolean string() {
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (c == '\\' && "\"\\ntrfb".indexOf(at + 1 < text.length() ? text.charAt(++at) : ' ') < 0) return false;
      if (c == '"') {
        at++;
        return true;
      }
    }
    return false;
  }

  private boolean keyword() {
    at++;
    return name();
  }

  /** A symbol, or nil, true or false. */
  private boolean name() {
    if (!part()) return false;
    if (peek() != '/') return true;
    at++;
    return part();
  }

  private boolean part() {
    if (!Character.isLetter(peek())) return false;
    for (at++; at < text.length(); at++) {
      char c = text.charAt(at);
      if (!Character.isLetterOrDigit(c) && "-_.?!*>".indexOf(c) < 0) break;
    }
    return true;
  }

  private boolean number(boolean asWritten) {
    int from = at;
    if (peek() == '-') at++;
    int first = at;
    if (peek() == '0') at++;
    else if (!digits()) return false;
    boolean isZero = text.charAt(first) == '0';
    boolean isLong = at - first <= MOST_DIGITS_OF_LONG && !(isZero && first > from);
    if (peek() == '.') {
      at++;
      isSimple = false;
      return digits() && exponent() && at - from <= MOST_DIGITS && (!asWritten || isWrittenSo(text.substring(from, at)));
    }
    if (peek() == 'N') {
      at++;
      isSimple = false;
      return at - from <= MOST_DIGITS && !(isZero && first > from);
    }
    isSimple = isLong;
    return isLong || !asWritten && at - from <= MOST_DIGITS;
  }

  private static boolean isWrittenSo(String number) {
    return Double.toString(Double.parseDouble(number)).equals(number);
  }

  private boolean exponent() {
    if ((peek() | 0x20) != 'e') return true;
    at++;
    if (peek() == '-' || peek() == '+') at++;
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

  final void space() {
    while (peek() == ' ' || peek() == ',') at++;
  }

  /** Returns the next char; at the end of the text it returns one that belongs to nothing. */
  final char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }
}
