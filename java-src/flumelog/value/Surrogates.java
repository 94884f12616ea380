package flumelog.value;

/** Finds halves of surrogate pairs that stand alone. Java's strings may contain them; UTF-8 has no form for them. */
final class Surrogates {
  private Surrogates() {}

  /** Whether the char at the index is half of a surrogate pair without the other half beside it. */
  static boolean isHalf(String text, int i) {
    char c = text.charAt(i);
    if (!Character.isSurrogate(c)) return false;
    return Character.isHighSurrogate(c) ? i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))
        : i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
  }

  static boolean hasHalf(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (isHalf(text, i)) return true;
    }
    return false;
  }
}
