package flumelog.field;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Paths as a tree: a node is a place in a record, and its children are the keys and indexes by which paths go on from there. */
final class FieldTree {
  /** A path that leads through a node, or ends there. */
  record Through(int slot, Object[] path, int depth) {}

  private final List<Through> through;
  /** Whether a path ends here. The value is then made, and the paths that go on look into it. */
  private final boolean isWanted;
  /** The keys in UTF-8. */
  private final byte[][] names;
  private final FieldTree[] byName;
  private final int[] indexes;
  private final FieldTree[] byIndex;

  /**
   * @param paths the elements of each path
   * @param nameOf the text of the key in the data for a path's element, null for one that is never a key
   */
  static FieldTree of(Object[][] paths, Function<Object, @Nullable String> nameOf) {
    List<Through> all = new ArrayList<>();
    for (int i = 0; i < paths.length; i++) all.add(new Through(i, paths[i], 0));
    return new FieldTree(all, nameOf);
  }

  private FieldTree(List<Through> through, Function<Object, @Nullable String> nameOf) {
    Map<String, List<Through>> named = new LinkedHashMap<>();
    Map<Integer, List<Through>> indexed = new TreeMap<>();
    for (Through path : through) {
      if (path.depth == path.path.length) continue;
      Object element = path.path[path.depth];
      Through next = new Through(path.slot, path.path, path.depth + 1);
      String name = nameOf.apply(element);
      if (name != null && isText(name)) named.computeIfAbsent(name, any -> new ArrayList<>()).add(next);
      else if (Fields.isIndex(element)) {
        indexed.computeIfAbsent(((Number) element).intValue(), any -> new ArrayList<>()).add(next);
      }
    }
    this.through = through;
    this.isWanted = endsHere(through);
    this.names = new byte[named.size()][];
    this.byName = new FieldTree[named.size()];
    this.indexes = new int[indexed.size()];
    this.byIndex = new FieldTree[indexed.size()];
    // start-up: the first stream of a process takes some milliseconds
    int i = 0;
    for (Map.Entry<String, List<Through>> child : named.entrySet()) {
      names[i] = child.getKey().getBytes(StandardCharsets.UTF_8);
      byName[i++] = new FieldTree(child.getValue(), nameOf);
    }
    i = 0;
    for (Map.Entry<Integer, List<Through>> child : indexed.entrySet()) {
      indexes[i] = child.getKey();
      byIndex[i++] = new FieldTree(child.getValue(), nameOf);
    }
  }

  private static boolean endsHere(List<Through> paths) {
    for (Through path : paths) if (path.depth == path.path.length) return true;
    return false;
  }

  /** Whether the name has a form in UTF-8: one with half of a surrogate pair has none, and can't be found there. */
  private static boolean isText(String name) {
    return StandardCharsets.UTF_8.newEncoder().canEncode(name);
  }

  boolean isWanted() {
    return isWanted;
  }

  boolean hasNames() {
    return names.length > 0;
  }

  boolean hasIndexes() {
    return indexes.length > 0;
  }

  /** The child for the key that is these bytes, null if there is none. */
  @Nullable FieldTree child(byte[] bytes, int from, int to) {
    for (int i = 0; i < names.length; i++) {
      if (names[i].length == to - from && isAt(names[i], bytes, from)) return byName[i];
    }
    return null;
  }

  // cpu: names are short; a loop is quicker than the ranges of Arrays.equals
  private static boolean isAt(byte[] name, byte[] bytes, int from) {
    for (int i = 0; i < name.length; i++) {
      if (name[i] != bytes[from + i]) return false;
    }
    return true;
  }

  @Nullable FieldTree child(int index) {
    for (int i = 0; i < indexes.length; i++) {
      if (indexes[i] == index) return byIndex[i];
    }
    return null;
  }

  /** The value of this place is known: sets what each path finds that ends here or leads on from here. */
  void found(@Nullable Object value, @Nullable Object[] fields) {
    for (Through path : through) fields[path.slot] = Fields.get(value, path.path, path.depth);
  }

  /** Nothing is known of this place, or no longer: of a key that occurs twice the last value counts. */
  void clear(@Nullable Object[] fields) {
    for (Through path : through) fields[path.slot] = null;
  }
}
