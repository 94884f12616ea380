package flumelog.error;

import java.util.Locale;

/** The name that was probably meant where another one was written: "did you mean ...?". */
public final class Suggestion {
  private Suggestion() {}

  /**
   * Looks for the option that was meant. Half of the letters are enough, or a word in common: the user sees all options beside
   * the one that is suggested.
   *
   * @param name the key as it was written
   * @param options the keys that there are
   * @return the option that is most like the name; null where none is like it
   */
  public static String ofOption(String name, Iterable<String> options) {
    String best = null;
    for (String option : options) {
      if (isLikeOption(name, option) && (best == null || distance(name, option) < distance(name, best))) best = option;
    }
    return best;
  }

  /**
   * Looks for the file that was meant: one whose name differs by how it was typed. That is a letter in four of the name, a
   * letter in three of the extension, capitals, or an extension that was left out. A number is never a slip: {@code 2024.log} is
   * not {@code 2023.log}.
   *
   * @param name the name as it was written
   * @param files the names that there are
   * @return the file whose name has the fewest slips, of several the first in the alphabet; null where all are others
   */
  public static String ofFile(String name, Iterable<String> files) {
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

  /** Whether at most one letter in {@code letters} is a slip; the dot of an extension counts as one. */
  private static boolean areOneIn(int letters, String a, String b) {
    int most = Math.max(a.length(), b.length()) / letters;
    return Math.abs(a.length() - b.length()) <= most && slips(a, b) <= most;
  }

  private static String small(String name) {
    return name.toLowerCase(Locale.ROOT);
  }

  /** With its dot; "" where there is none. */
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
   * More than half of the longer name is the same, or half of it and how both begin; or the names share a word, as {@code
   * :buffer} and {@code :write-buffer-bytes} do.
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
      // Half of the options end with "bytes".
      if (word.length() > 2 && !word.equals("bytes") && words.contains("-" + word + "-")) return true;
      from = to + 1;
    }
    return false;
  }

  /** Small for names with few slips between them; how they begin counts most, so :cache-size is nearer to :cache-blocks. */
  private static int distance(String from, String to) {
    int same = 0;
    while (same < Math.min(from.length(), to.length()) && from.charAt(same) == to.charAt(same)) same++;
    return slips(from, to) - 2 * same;
  }

  /** The fewest slips from one name to the other: a letter too many, too few, another one, or two that changed places. */
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
