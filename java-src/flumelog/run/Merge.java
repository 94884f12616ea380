package flumelog.run;

import java.io.IOException;
import java.util.List;

/** Merges segments that are next to each other in the log, the oldest first. Needs memory for one entry of each. */
final class Merge {
  private final Entries[] sources;
  private final boolean[] isAtEnd;
  private final Keep keep;

  private Merge(List<? extends Segment> segments, Keep keep) {
    this.keep = keep;
    this.sources = new Entries[segments.size()];
    this.isAtEnd = new boolean[sources.length];
    for (int i = 0; i < sources.length; i++) {
      sources[i] = segments.get(i).entries();
      advance(i);
    }
  }

  static void into(Sink sink, List<? extends Segment> segments, Keep keep) throws IOException {
    Merge merge = new Merge(segments, keep);
    for (int least = merge.least(); least >= 0; least = merge.least()) merge.writeKey(least, sink);
  }

  private void advance(int i) {
    isAtEnd[i] = !sources[i].next();
  }

  /** The first source with the least key; -1 at the end. */
  private int least() {
    int least = -1;
    for (int i = 0; i < sources.length; i++) {
      if (!isAtEnd[i] && (least < 0 || sources[i].compareKey(sources[least]) < 0)) least = i;
    }
    return least;
  }

  /** Writes the offsets of one key. Those of later sources are greater. */
  private void writeKey(int least, Sink sink) throws IOException {
    byte[] key = sources[least].key();
    boolean isStarted = false;
    for (int i = least; i < sources.length; i++) {
      for (; !isAtEnd[i] && sources[i].compareKey(key) == 0; advance(i)) {
        isStarted = writeEntry(sources[i], key, isStarted, sink);
      }
    }
  }

  private boolean writeEntry(Entries source, byte[] key, boolean isStarted, Sink sink) throws IOException {
    long[] offsets = source.offsets();
    boolean isOpen = isStarted;
    for (int at = source.offsetsFrom(); at < source.offsetsTo(); at++) {
      long offset = keep.of(offsets[at]);
      if (offset < 0) continue;
      if (!isOpen) sink.startKey(key, 0, key.length);
      isOpen = true;
      sink.add(offset);
    }
    return isOpen;
  }
}
