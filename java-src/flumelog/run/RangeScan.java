package flumelog.run;

import java.util.Arrays;
import java.util.List;

/** The offsets of all keys in a range, by key, and those of one key in the order of the log; or all of it backwards. */
public final class RangeScan extends Scan {
  private final List<? extends Segment> segments;
  /** In the order in which their offsets are given. */
  private final Entries[] sources;
  private final boolean[] isAtEnd;
  private final Bound low;
  private final Bound high;
  private final OffsetWindow window;
  private final boolean isReverse;
  /** The key and the offset that were given last, earlier; null for none. */
  private final Bound given;

  private boolean isStarted;
  private byte[] key;
  private int current = -1;
  private long[] offsets;
  private int from;
  private int to;

  /**
   * @param segments in the order of the log
   * @param low the range's lower end
   * @param high the range's upper end
   * @param given the key and the offset behind which to begin, reverse: before which; null for the range's end
   */
  public RangeScan(List<? extends Segment> segments, Bound low, Bound high, OffsetWindow window, boolean isReverse, Bound given) {
    this.low = low;
    this.high = high;
    this.window = window;
    this.isReverse = isReverse;
    this.given = given;
    this.segments = segments;
    this.sources = new Entries[segments.size()];
    this.isAtEnd = new boolean[sources.length];
  }

  private void start() {
    for (int i = 0; i < sources.length; i++) {
      Segment segment = segments.get(isReverse ? sources.length - 1 - i : i);
      isAtEnd[i] = !window.touches(segment);
      if (isAtEnd[i]) continue;
      sources[i] = segment.entries();
      seek(sources[i]);
      advance(i);
    }
    isStarted = true;
  }

  private void seek(Entries source) {
    if (given == null) {
      source.seek(isReverse ? high : low);
    } else {
      source.seek(given);
      // The offset that was given may be within the entry before.
      if (!isReverse) source.previous();
    }
  }

  private void advance(int i) {
    Entries source = sources[i];
    boolean moved = isReverse ? source.previous() : source.next();
    // Forward from an offset, the first entry may be one of a smaller key.
    while (moved && !isReverse && isBefore(low, source)) moved = source.next();
    isAtEnd[i] = !moved || (isReverse ? isBefore(low, source) : !isBefore(high, source));
  }

  private static boolean isBefore(Bound place, Entries entry) {
    return place.isAfter(entry.keyBytes(), entry.keyFrom(), entry.keyTo(), 0);
  }

  @Override
  public boolean next() {
    while (true) {
      while (from < to) {
        offset = isReverse ? offsets[--to] : offsets[from++];
        if (window.has(offset) && !wasGiven()) return true;
      }
      if (!nextEntry()) return false;
    }
  }

  private boolean wasGiven() {
    if (given == null) return false;
    int order = Arrays.compareUnsigned(key, given.key());
    if (order == 0) order = Long.compare(offset, given.offset());
    return isReverse ? order >= 0 : order <= 0;
  }

  private boolean nextEntry() {
    if (!isStarted) start();
    if (current >= 0) advance(current);
    for (int i = Math.max(current, 0); i < sources.length && key != null; i++) {
      if (!isAtEnd[i] && sources[i].compareKey(key) == 0) return enter(i);
    }
    int next = nextKey();
    if (next < 0) return false;
    key = sources[next].key();
    return enter(next);
  }

  /** The first source with the least key, reverse with the greatest; -1 if all are at their ends. */
  private int nextKey() {
    int best = -1;
    for (int i = 0; i < sources.length; i++) {
      if (isAtEnd[i]) continue;
      int order = best < 0 ? -1 : sources[i].compareKey(sources[best]);
      if (isReverse && best >= 0 ? order > 0 : order < 0) best = i;
    }
    return best;
  }

  private boolean enter(int source) {
    current = source;
    offsets = sources[source].offsets();
    from = sources[source].offsetsFrom();
    to = sources[source].offsetsTo();
    return true;
  }

  @Override
  public byte[] key() {
    return key;
  }
}
