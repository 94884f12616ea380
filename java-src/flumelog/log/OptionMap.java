package flumelog.log;

import flumelog.error.LogException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Options as the user gave them: a map whose keys are keywords or their names. Keys that are not known are refused
 * with the nearest one that is.
 */
final class OptionMap {
  private final Map<String, Object> given = new LinkedHashMap<>();

  /** @param known the options that there are, by key, in the order in which they are named to the user */
  OptionMap(Map<?, ?> options, Map<String, ?> known) {
    if (options == null) return;
    options.forEach((key, value) -> {
      String name = Option.name(key);
      if (!known.containsKey(name)) throw LogException.unknownOption(name, nearest(name, known), known);
      if (value != null) given.put(name, value);
    });
  }

  boolean has(Option<?> option) {
    return given.containsKey(option.key());
  }

  /** The value as it was given, or null. */
  Object raw(Option<?> option) {
    return given.get(option.key());
  }

  /** The checked value, or {@code otherwise} when there is none. */
  <T> T get(Option<T> option, T otherwise) {
    return has(option) ? option.check(raw(option)) : otherwise;
  }

  private static String nearest(String name, Map<String, ?> known) {
    String best = null;
    for (String key : known.keySet()) {
      if (best == null || unlike(name, key) < unlike(name, best)) best = key;
    }
    return best;
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
