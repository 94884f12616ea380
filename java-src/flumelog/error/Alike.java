package flumelog.error;

/** Names that are alike: the one that was meant where another one was written. */
public final class Alike {
  private Alike() {}

  /**
   * Looks for the name that was meant.
   *
   * @param name as it was written
   * @param names those that there are
   * @return the one of them that is most like the name; null where none is really like it
   */
  public static String nearest(String name, Iterable<String> names) {
    String best = null;
    for (String candidate : names) {
      if (isAlike(name, candidate) && (best == null || unlike(name, candidate) < unlike(name, best))) best = candidate;
    }
    return best;
  }

  /**
   * More than half of the longer name is the same, or half of it and how both begin; or the names share a word, as {@code
   * :buffer} and {@code :write-buffer-bytes} do.
   */
  private static boolean isAlike(String name, String candidate) {
    String a = name.startsWith(":") ? name.substring(1) : name;
    String b = candidate.startsWith(":") ? candidate.substring(1) : candidate;
    int edits = 2 * distance(a, b);
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

  /** Small for names that need few edits; how they begin counts most, so :cache-size is nearer to :cache-blocks. */
  private static int unlike(String from, String to) {
    int same = 0;
    while (same < Math.min(from.length(), to.length()) && from.charAt(same) == to.charAt(same)) same++;
    return distance(from, to) - 2 * same;
  }

  /** Levenshtein's distance: the fewest insertions, deletions and replacements that lead from one to the other. */
  private static int distance(String from, String to) {
    int[] row = new int[to.length() + 1];
    for (int j = 0; j < row.length; j++) row[j] = j;
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
