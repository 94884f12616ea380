package flumelog.run;

import java.util.List;

/** The offsets of one key, in the order of the log or backwards. Looks into a segment only when it gets there. */
public final class KeyScan extends Scan {
  private final List<? extends Segment> segments;
  private final byte[] key;
  private final OffsetWindow window;
  private final boolean isReverse;

  /** How many segments were looked into. */
  private int entered;
  private Entries entries;
  private long[] offsets;
  /** The index behind the one that comes next; reverse, the index of that. */
  private int from;
  private int to;

  /** @param segments in the order of the log */
  public KeyScan(List<? extends Segment> segments, byte[] key, OffsetWindow window, boolean isReverse) {
    this.segments = segments;
    this.key = key;
    this.window = window;
    this.isReverse = isReverse;
  }

  @Override
  public boolean next() {
    while (true) {
      while (from < to) {
        offset = isReverse ? offsets[--to] : offsets[from++];
        if (window.has(offset)) return true;
      }
      if (!nextEntry()) return false;
    }
  }

  private boolean nextEntry() {
    while (entries == null || !pass()) {
      if (!nextSegment()) return false;
    }
    offsets = entries.offsets();
    from = entries.offsetsFrom();
    to = entries.offsetsTo();
    return true;
  }

  private boolean pass() {
    return (isReverse ? entries.previous() : entries.next()) && entries.compareKey(key) == 0;
  }

  private boolean nextSegment() {
    while (entered < segments.size()) {
      Segment segment = segments.get(isReverse ? segments.size() - 1 - entered : entered);
      entered++;
      if (!window.touches(segment) || !segment.mayHave(key)) continue;
      entries = segment.entries();
      seek(segment);
      return true;
    }
    return false;
  }

  /** Goes to the first entry that has offsets in the window. */
  private void seek(Segment segment) {
    if (isReverse) {
      entries.seek(window.most() >= segment.last() ? Bound.after(key) : new Bound(key, window.most() + 1));
    } else if (window.above() < segment.first()) {
      entries.seek(Bound.before(key));
    } else {
      entries.seek(new Bound(key, window.above() + 1));
      // The offset may be within the entry before; if that is of another key, the cursor has to pass it again.
      if (entries.previous() && entries.compareKey(key) != 0) entries.next();
    }
  }

  @Override
  public byte[] key() {
    return key;
  }
}
