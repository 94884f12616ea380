package flumelog.cli;

/** Numbers for people. {@code String.format} would take a short command 10 ms to set up. */
public final class Numbers {
  private static final int GROUP = 3;
  private static final long NANOS_OF_A_TENTH = 100_000_000;

  private Numbers() {}

  /**
   * A whole number.
   *
   * @param number any
   * @return its digits, with commas between each three
   */
  public static String number(long number) {
    StringBuilder text = new StringBuilder(Long.toString(number));
    int first = number < 0 ? 1 : 0;
    for (int i = text.length() - GROUP; i > first; i -= GROUP) text.insert(i, ',');
    return text.toString();
  }

  /**
   * A number of things.
   *
   * @param number how many there are
   * @param word for one of them
   * @return the number and the word, in the plural unless it is one
   */
  public static String many(long number, String word) {
    return number(number) + " " + word + (number == 1 ? "" : "s");
  }

  /**
   * A number of bytes.
   *
   * @param bytes how many there are
   * @return the number and its unit
   */
  public static String size(double bytes) {
    if (bytes < 1e3) return (long) bytes + " bytes";
    if (bytes < 1e6) return tenths(Math.round(bytes / 1e2)) + " kB";
    if (bytes < 1e9) return tenths(Math.round(bytes / 1e5)) + " MB";
    return tenths(Math.round(bytes / 1e8)) + " GB";
  }

  /**
   * A time.
   *
   * @param nanos nanoseconds
   * @return seconds, with one digit behind the point
   */
  public static String seconds(long nanos) {
    return tenths((nanos + NANOS_OF_A_TENTH / 2) / NANOS_OF_A_TENTH) + " s";
  }

  private static String tenths(long tenths) {
    return tenths / 10 + "." + tenths % 10;
  }
}
