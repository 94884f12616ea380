package flumelog.value;

import java.util.function.Function;

/**
 * Remembers the keys that were made of names, since the objects of a log mostly have the same few names. A name has one place; the
 * name that came last has it. For any number of threads.
 */
public final class KeyCache implements Function<String, Object> {
  /** Names that are longer are not remembered, so that a cache never holds much. */
  private static final int LONGEST = 64;
  private static final int PLACES = 1024;

  private final Entry[] entries = new Entry[PLACES];
  private final Function<String, Object> keyOf;

  private record Entry(String name, Object key) {}

  /**
   * A cache that is empty.
   *
   * @param keyOf makes the key of a name, the same one each time
   */
  public KeyCache(Function<String, Object> keyOf) {
    this.keyOf = keyOf;
  }

  /** The key of a name. */
  @Override
  public Object apply(String name) {
    int place = name.hashCode() & PLACES - 1;
    // Without a lock: an entry has final fields, so a thread sees all of it or none.
    Entry entry = entries[place];
    if (entry != null && entry.name.equals(name)) return entry.key;
    Object key = keyOf.apply(name);
    if (name.length() <= LONGEST) entries[place] = new Entry(name, key);
    return key;
  }
}
