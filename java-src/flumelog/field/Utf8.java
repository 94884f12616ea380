package flumelog.field;

/** Judges chars in UTF-8 that have several bytes. */
final class Utf8 {
  private Utf8() {}

  /** Where the char ends that begins here with a byte that is not ASCII; -1 if it is not UTF-8. */
  static int end(byte[] bytes, int from, int limit) {
    int first = bytes[from] & 0xff;
    int size = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first < 0xc2 || first > 0xf4 || limit - from < size) return -1;
    for (int i = from + 1; i < from + size; i++) {
      if (bytes[i] >= (byte) 0xc0) return -1;
    }
    return isShortestForm(first, bytes[from + 1] & 0xff) ? from + size : -1;
  }

  /** Whether no shorter form exists, and the char is neither half of a surrogate pair nor above the last one, U+10FFFF. */
  private static boolean isShortestForm(int first, int second) {
    return switch (first) {
      case 0xe0 -> second >= 0xa0;
      case 0xed -> second < 0xa0;
      case 0xf0 -> second >= 0x90;
      case 0xf4 -> second < 0x90;
      default -> true;
    };
  }
}
