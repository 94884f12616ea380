package flumelog.kafka;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The stretches that were fetched last, up to a number of bytes. Records never change, so the cache never has to be corrected. */
final class StretchCache {
  private static final long MOST_BYTES = 1 << 23;
  private static final long MOST_BYTES_OF_A_STRETCH = 1 << 20;
  private static final int BYTES_OF_A_RECORD = 100;

  /** The stretches by their first offset. */
  private final TreeMap<Long, Stretch> stretches = new TreeMap<>();
  /** The same stretches in the order of their last use. */
  private final LinkedHashMap<Long, Stretch> byUse = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /** A stretch that has the offset; null if there is none. */
  synchronized Stretch covering(long offset) {
    Map.Entry<Long, Stretch> found = stretches.floorEntry(offset);
    if (found == null || !found.getValue().covers(offset)) return null;
    return byUse.get(found.getKey());
  }

  /** A stretch that has the offset before this one; null if there is none. */
  Stretch coveringBefore(long offset) {
    return covering(offset - 1);
  }

  synchronized void add(Stretch stretch) {
    if (stretch.from() == stretch.to() || size(stretch) > MOST_BYTES_OF_A_STRETCH) return;
    Stretch known = stretches.get(stretch.from());
    if (known != null && known.to() >= stretch.to()) return;
    remove(stretch.from());
    stretches.put(stretch.from(), stretch);
    byUse.put(stretch.from(), stretch);
    bytes += size(stretch);
    Iterator<Long> oldest = byUse.keySet().iterator();
    while (bytes > MOST_BYTES && oldest.hasNext()) {
      long from = oldest.next();
      oldest.remove();
      bytes -= size(stretches.remove(from));
    }
  }

  /** Drops the stretches that begin below an offset. */
  synchronized void dropBelow(long offset) {
    for (Long from : stretches.headMap(offset).keySet().toArray(new Long[0])) remove(from);
  }

  synchronized void clear() {
    stretches.clear();
    byUse.clear();
    bytes = 0;
  }

  private void remove(long from) {
    Stretch stretch = stretches.remove(from);
    if (stretch == null) return;
    byUse.remove(from);
    bytes -= size(stretch);
  }

  private static long size(Stretch stretch) {
    return stretch.bytes() + (long) BYTES_OF_A_RECORD * stretch.size();
  }
}
