package flumelog.error;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Finds the name that was probably meant when an unknown one was written: "did you mean ...?". */
public final class Suggestion {
  private Suggestion() {}

  /**
   * Finds the option that was probably meant. It is enough that half of the letters agree, or that the two have a word in
   * common. A bad guess does little harm, because the error also lists all options.
   *
   * @param name the key as it was written
   * @param options the known keys
   * @return the option that is most like the name; null if none is like it
   */
  public static @Nullable String ofOption(String name, Iterable<String> options) {
    String best = null;
    for (String option : options) {
      if (isLikeOption(name, option) && (best == null || distance(name, option) < distance(name, best))) best = option;
    }
    return best;
  }

  /**
   * Finds the file that was probably meant: one whose name differs only by slips of typing. A slip may be one letter in four
   * of the name, one letter in three of the extension, a capital letter, or an extension that was left out. Digits must agree:
   * {@code 2024.log} is not {@code 2023.log}.
   *
   * @param name the name as it was written
   * @param files the names of the existing files
   * @return the file whose name needs the fewest slips, and the first in the alphabet of several; null if no name is near
   */
  public static @Nullable String ofFile(String name, Iterable<String> files) {
    String best = null;
    for (String file : files) {
      if (isFile(name, file) && (best == null || isNearer(name, file, best))) best = file;
    }
    return best;
  }

  private static boolean isNearer(String name, String file, String best) {
    int more = slips(small(name), small(file)) - slips(small(name), small(best));
    return more < 0 || more == 0 && file.compareTo(best) < 0;
  }

  private static boolean isFile(String name, String file) {
    String a = small(name);
    String b = small(file);
    if (!digits(a).equals(digits(b))) return false;
    String aEnd = extension(a);
    String bEnd = extension(b);
    String aStem = a.substring(0, a.length() - aEnd.length());
    String bStem = b.substring(0, b.length() - bEnd.length());
    if (aEnd.isEmpty() != bEnd.isEmpty()) return aStem.equals(bStem);
    return areOneIn(4, aStem, bStem) && areOneIn(3, aEnd, bEnd);
  }

  /** Whether at most one letter in {@code letters} is a slip. The dot of an extension counts as a letter. */
  private static boolean areOneIn(int letters, String a, String b) {
    int most = Math.max(a.length(), b.length()) / letters;
    return Math.abs(a.length() - b.length()) <= most && slips(a, b) <= most;
  }

  private static String small(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** Returns the extension with its dot, or "" if the name has none. */
  private static String extension(String name) {
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? "" : name.substring(dot);
  }

  private static String digits(String name) {
    StringBuilder digits = new StringBuilder();
    for (int i = 0; i < name.length(); i++) if (Character.isDigit(name.charAt(i))) digits.append(name.charAt(i));
    return digits.toString();
  }

  /**
   * Whether one of these is true: more than half of the longer name agrees; half of it agrees and both begin with the same
   * letter; or the names share a word, as {@code :buffer} and {@code :write-buffer-bytes} do.
   */
  private static boolean isLikeOption(String name, String option) {
    String a = name.startsWith(":") ? name.substring(1) : name;
    String b = option.startsWith(":") ? option.substring(1) : option;
    int edits = 2 * slips(a, b);
    int length = Math.max(a.length(), b.length());
    boolean beginAlike = !a.isEmpty() && !b.isEmpty() && a.charAt(0) == b.charAt(0);
    return edits < length || edits == length && beginAlike || shareWord(a, b);
  }

  private static boolean shareWord(String a, String b) {
    String words = "-" + b + "-";
    for (int from = 0; from <= a.length(); ) {
      int to = a.indexOf('-', from) < 0 ? a.length() : a.indexOf('-', from);
      String word = a.substring(from, to);
      // "bytes" doesn't count as a shared word, since half of the options end with it.
      if (word.length() > 2 && !word.equals("bytes") && words.contains("-" + word + "-")) return true;
      from = to + 1;
    }
    return false;
  }

  /** Smaller for names that are more alike. An equal beginning counts most, so :cache-blocks is the nearest to :cache-size. */
  private static int distance(String from, String to) {
    int same = 0;
    while (same < Math.min(from.length(), to.length()) && from.charAt(same) == to.charAt(same)) same++;
    return slips(from, to) - 2 * same;
  }

  /** Counts the fewest slips from one name to the other. A slip adds, drops or replaces a letter, or swaps two neighbours. */
  private static int slips(String from, String to) {
    int[] before = null;
    int[] above = firstRow(to.length());
    for (int i = 1; i <= from.length(); i++) {
      int[] row = new int[to.length() + 1];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = above[j - 1] + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(replaced, 1 + Math.min(above[j], row[j - 1]));
        if (changedPlaces(from, i, to, j)) row[j] = Math.min(row[j], 1 + before[j - 2]);
      }
      before = above;
      above = row;
    }
    return above[to.length()];
  }

  private static int[] firstRow(int length) {
    int[] row = new int[length + 1];
    for (int j = 0; j < row.length; j++) row[j] = j;
    return row;
  }

  private static boolean changedPlaces(String from, int i, String to, int j) {
    return i > 1 && j > 1 && from.charAt(i - 1) == to.charAt(j - 2) && from.charAt(i - 2) == to.charAt(j - 1);
  }
}
