package flumelog.value;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
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

  private record Entry(byte[] name, Object key) {}

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
    return keyOf.apply(name);
  }

  /** The key of the name that has these bytes, all of them ASCII. */
  public Object key(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) hash = 31 * hash + bytes[i];
    // Without a lock: an entry has final fields, so a thread sees all of it or none.
    Entry entry = entries[hash & PLACES - 1];
    if (entry != null && Arrays.equals(entry.name, 0, entry.name.length, bytes, from, to)) return entry.key;
    Object key = keyOf.apply(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    if (to - from <= LONGEST) entries[hash & PLACES - 1] = new Entry(Arrays.copyOfRange(bytes, from, to), key);
    return key;
  }
}
