package flumelog.kafka;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/** The runs that were fetched last, up to a number of bytes. Records never change, so nothing in it gets wrong. */
final class RunCache {
  private static final long MOST_BYTES = 1 << 23;
  private static final long MOST_BYTES_OF_A_RUN = 1 << 20;
  private static final int BYTES_OF_A_RECORD = 100;

  /** By where they begin. */
  private final TreeMap<Long, Run> runs = new TreeMap<>();
  /** The same, the one that was used last at the end. */
  private final LinkedHashMap<Long, Run> byUse = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  /** A run that has the offset; null if there is none. */
  synchronized Run covering(long offset) {
    Map.Entry<Long, Run> found = runs.floorEntry(offset);
    if (found == null || !found.getValue().covers(offset)) return null;
    return byUse.get(found.getKey());
  }

  /** A run that has the offset before this one; null if there is none. */
  Run coveringBefore(long offset) {
    return covering(offset - 1);
  }

  synchronized void add(Run run) {
    if (run.from() == run.to() || size(run) > MOST_BYTES_OF_A_RUN) return;
    Run known = runs.get(run.from());
    if (known != null && known.to() >= run.to()) return;
    remove(run.from());
    runs.put(run.from(), run);
    byUse.put(run.from(), run);
    bytes += size(run);
    Iterator<Long> oldest = byUse.keySet().iterator();
    while (bytes > MOST_BYTES && oldest.hasNext()) {
      long from = oldest.next();
      oldest.remove();
      bytes -= size(runs.remove(from));
    }
  }

  /** Drops the runs that begin below an offset. */
  synchronized void dropBelow(long offset) {
    for (Long from : runs.headMap(offset).keySet().toArray(new Long[0])) remove(from);
  }

  synchronized void clear() {
    runs.clear();
    byUse.clear();
    bytes = 0;
  }

  private void remove(long from) {
    Run run = runs.remove(from);
    if (run == null) return;
    byUse.remove(from);
    bytes -= size(run);
  }

  private static long size(Run run) {
    return run.bytes() + (long) BYTES_OF_A_RECORD * run.size();
  }
}
