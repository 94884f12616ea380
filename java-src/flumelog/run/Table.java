package flumelog.run;

import java.util.Arrays;

/** A segment in memory: two arrays, of keys and of offsets, with where each key's part ends. */
public final class Table implements Segment {
  private final byte[] keys;
  private final int[] keyEnds;
  private final long[] offsets;
  private final int[] offsetEnds;
  private final long first;
  private final long last;

  Table(byte[] keys, int[] keyEnds, long[] offsets, int[] offsetEnds) {
    this.keys = keys;
    this.keyEnds = keyEnds;
    this.offsets = offsets;
    this.offsetEnds = offsetEnds;
    long least = Long.MAX_VALUE, most = -1;
    for (int i = 0, from = 0; i < offsetEnds.length; from = offsetEnds[i++]) {
      least = Math.min(least, offsets[from]);
      most = Math.max(most, offsets[offsetEnds[i] - 1]);
    }
    this.first = least;
    this.last = most;
  }

  /** One record's key. Keys are sorted by their bytes, those of equal bytes by offset. */
  private record Keyed(byte[] key, long offset) implements Comparable<Keyed> {
    @Override
    public int compareTo(Keyed other) {
      int order = Arrays.compareUnsigned(key, other.key);
      return order != 0 ? order : Long.compare(offset, other.offset);
    }
  }

  /**
   * Makes the table of some records.
   *
   * @param offsets of the records, ascending
   * @param keys the keys of each record: a byte[], a byte[][] of different ones, or null for none
   * @param n how many of the records are meant, from the first on
   * @return null if none of them has a key
   */
  public static Table of(long[] offsets, Object[] keys, int n) {
    Keyed[] all = new Keyed[count(keys, n)];
    int size = 0;
    for (int i = 0; i < n; i++) {
      if (keys[i] instanceof byte[] key) all[size++] = new Keyed(key, offsets[i]);
      else if (keys[i] instanceof byte[][] several) for (byte[] key : several) all[size++] = new Keyed(key, offsets[i]);
    }
    if (size == 0) return null;
    if (size > 1) Arrays.sort(all);
    TableBuilder table = new TableBuilder(size, size);
    for (Keyed one : all) {
      table.startKey(one.key, 0, one.key.length);
      table.add(one.offset);
    }
    return table.table();
  }

  private static int count(Object[] keys, int n) {
    int count = 0;
    for (int i = 0; i < n; i++) count += keys[i] instanceof byte[][] several ? several.length : keys[i] == null ? 0 : 1;
    return count;
  }

  @Override
  public long first() {
    return first;
  }

  @Override
  public long last() {
    return last;
  }

  @Override
  public long offsets() {
    return offsets.length;
  }

  @Override
  public long keys() {
    return keyEnds.length;
  }

  @Override
  public long bytes() {
    return keys.length + 8L * offsets.length + 8L * keyEnds.length;
  }

  @Override
  public boolean mayHave(byte[] key) {
    int at = search(Bound.before(key));
    return at < keyEnds.length && Arrays.equals(keys, from(keyEnds, at), keyEnds[at], key, 0, key.length);
  }

  @Override
  public Entries entries() {
    return new TableEntries();
  }

  private static int from(int[] ends, int index) {
    return index == 0 ? 0 : ends[index - 1];
  }

  /** The index of the first key behind a place. */
  private int search(Bound place) {
    int low = 0, high = keyEnds.length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      long first = offsets[from(offsetEnds, middle)];
      if (place.isAfter(keys, from(keyEnds, middle), keyEnds[middle], first)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private final class TableEntries extends Entries {
    /** The index of the entry behind the cursor. */
    private int behind;
    private int current;

    @Override
    public void seek(Bound place) {
      behind = search(place);
    }

    @Override
    public void seekEnd() {
      behind = keyEnds.length;
    }

    @Override
    public boolean next() {
      if (behind == keyEnds.length) return false;
      current = behind++;
      return true;
    }

    @Override
    public boolean previous() {
      if (behind == 0) return false;
      current = --behind;
      return true;
    }

    @Override
    public byte[] keyBytes() {
      return keys;
    }

    @Override
    public int keyFrom() {
      return from(keyEnds, current);
    }

    @Override
    public int keyTo() {
      return keyEnds[current];
    }

    @Override
    public long[] offsets() {
      return offsets;
    }

    @Override
    public int offsetsFrom() {
      return from(offsetEnds, current);
    }

    @Override
    public int offsetsTo() {
      return offsetEnds[current];
    }
  }
}
