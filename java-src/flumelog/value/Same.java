package flumelog.value;

import clojure.lang.Associative;
import clojure.lang.IPersistentSet;
import clojure.lang.IRecord;
import clojure.lang.PersistentTreeMap;
import clojure.lang.PersistentTreeSet;
import clojure.lang.RT;
import clojure.lang.Sequential;
import clojure.lang.Util;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.regex.Pattern;

/**
 * Defines when a codec counts as having returned the value that it encoded. The two are {@code =}, except in cases that
 * {@code =} does not cover. Arrays are the same if their class and content are. NaN is the same as NaN. Patterns are the
 * same if their text and flags are. For a codec that writes text, a float is the same as the double that its text reads as.
 */
public final class Same {
  private final boolean inText;
  private String difference;

  private Same(boolean inText) {
    this.inText = inText;
  }

  /**
   * Compares a value with what the codec decoded from its data.
   *
   * @param inText whether the codec writes text; a binary codec has to keep the types of numbers and the order of sorted
   *     collections too
   * @return a sentence about the first difference, or null if there is none
   */
  public static String difference(boolean inText, Object written, Object read) {
    return new Same(inText).difference(written, read);
  }

  private String difference(Object written, Object read) {
    return same(written, read) ? null : difference;
  }

  private boolean same(Object a, Object b) {
    if (a == b || a != null && b != null && isSame(a, b)) return true;
    if (difference == null) difference = "a " + named(a) + " in it would come back as " + (named(a).equals(named(b)) ? "another one" : "a " + named(b));
    return false;
  }

  private static String named(Object value) {
    return value == null ? "nil" : value.getClass().getName();
  }

  private boolean isSame(Object a, Object b) {
    if (a instanceof Number) return sameNumber(a, b);
    if (a instanceof Map<?, ?> map) return b instanceof Map<?, ?> other && sameKind(a, b) && sameMap(map, other);
    if (a instanceof Set<?> set) return b instanceof Set<?> other && sameKind(a, b) && sameSet(set, other);
    if (a instanceof Sequential || a instanceof List<?>) return isSequence(b) && sameOrder(a, b);
    if (a.getClass().isArray()) return a.getClass() == b.getClass() && sameArray(a, b);
    if (a instanceof Pattern one && b instanceof Pattern other) {
      return one.pattern().equals(other.pattern()) && one.flags() == other.flags();
    }
    return Util.equiv(a, b) && Util.equiv(b, a);
  }

  private boolean sameNumber(Object a, Object b) {
    if (a instanceof Double one && one.isNaN() || a instanceof Float number && number.isNaN()) {
      return inText ? b instanceof Double other && other.isNaN()
          : a.getClass() == b.getClass() && Double.isNaN(((Number) b).doubleValue());
    }
    if (inText && a instanceof Float) return b instanceof Double other && other == Double.parseDouble(a.toString());
    return b instanceof Number && Util.equiv(a, b) && Util.equiv(b, a);
  }

  /** Records must have the same class. A sorted collection with a comparator of its own would come back in another order. */
  private boolean sameKind(Object a, Object b) {
    if (a instanceof IRecord || b instanceof IRecord) return a.getClass() == b.getClass();
    if (inText) return true;
    if (a instanceof PersistentTreeMap map) return map.comparator() == RT.DEFAULT_COMPARATOR;
    return !(a instanceof PersistentTreeSet set) || set.comparator() == RT.DEFAULT_COMPARATOR;
  }

  private static boolean isSequence(Object b) {
    return b instanceof Sequential || b instanceof List<?>;
  }

  private boolean sameOrder(Object a, Object b) {
    Iterator<?> left = RT.iter(a);
    Iterator<?> right = RT.iter(b);
    while (left.hasNext() && right.hasNext()) {
      if (!same(left.next(), right.next())) return false;
    }
    return left.hasNext() == right.hasNext();
  }

  private boolean sameArray(Object a, Object b) {
    int length = Array.getLength(a);
    if (length != Array.getLength(b)) return false;
    for (int i = 0; i < length; i++) {
      if (!same(Array.get(a, i), Array.get(b, i))) return false;
    }
    return true;
  }

  private boolean sameMap(Map<?, ?> a, Map<?, ?> b) {
    if (a.size() != b.size()) return false;
    List<Map.Entry<?, ?>> left = new ArrayList<>();
    for (Map.Entry<?, ?> entry : a.entrySet()) {
      if (!b.containsKey(entry.getKey())) left.add(entry);
      else if (!same(entry.getKey(), keyIn(b, entry.getKey())) || !same(entry.getValue(), b.get(entry.getKey()))) return false;
    }
    List<Map.Entry<?, ?>> right = new ArrayList<>();
    for (Map.Entry<?, ?> entry : b.entrySet()) {
      // For example a HashMap with an Integer as its key: looking up the equal Long does not find it.
      if (!a.containsKey(entry.getKey())) right.add(entry);
    }
    return left.size() == right.size() && matched(left, right, (one, other) ->
        onlyAlike(one.getKey(), other.getKey()) && same(one.getValue(), other.getValue()));
  }

  /** Returns the key that the map has. It may equal the given key in one direction only, as a Date and a Timestamp do. */
  private static Object keyIn(Map<?, ?> map, Object key) {
    return map instanceof Associative found ? found.entryAt(key).key() : key;
  }

  private boolean sameSet(Set<?> a, Set<?> b) {
    if (a.size() != b.size()) return false;
    List<Object> left = new ArrayList<>();
    for (Object item : a) {
      if (!b.contains(item)) left.add(item);
      else if (b instanceof IPersistentSet found && !same(item, found.get(item))) return false;
    }
    return left.isEmpty() || matched(left, new ArrayList<>(b), this::onlyAlike);
  }

  /** Whether two keys are the same but not {@code =}, such as arrays and NaN: a look-up does not find them. */
  private boolean onlyAlike(Object a, Object b) {
    return (a instanceof Float || !Util.equiv(a, b)) && same(a, b);
  }

  /** Whether each item of the left list has its own partner in the right list. */
  private static <T> boolean matched(List<? extends T> left, List<? extends T> right, BiPredicate<T, T> alike) {
    List<T> free = new ArrayList<>(right);
    for (T one : left) {
      boolean found = false;
      for (Iterator<T> others = free.iterator(); !found && others.hasNext(); ) {
        if (!alike.test(one, others.next())) continue;
        others.remove();
        found = true;
      }
      if (!found) return false;
    }
    return true;
  }
}
