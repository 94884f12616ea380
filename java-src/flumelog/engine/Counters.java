package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.recovery.LogFiles;
import java.util.Map;

/**
 * The counters of an open log. They cost nothing until somebody asks: each is derived from what the log knows anyway, or was
 * counted under a lock that was held anyway.
 */
public final class Counters {
  private Counters() {}

  /**
   * Puts the counters since the log was opened.
   *
   * @param info gets the counters by name
   */
  public static void put(
      Map<String, Object> info, boolean writable, LogFiles files, Durability durability, Writer writer, Blocks blocks) {
    if (writable) {
      putWritten(info, files, durability.progress(), writer.counting().own());
      putForced(info, durability.cost(), writer.waiting());
    }
    info.put("cache-misses", blocks.misses());
  }

  private static void putWritten(Map<String, Object> info, LogFiles files, Durability.Progress now, long own) {
    info.put("appends", now.mark().frames() - files.found().frames() - own);
    info.put("appended-bytes", now.mark().end() - files.found().end());
  }

  private static void putForced(Map<String, Object> info, GroupForce.Cost cost, int waitForTurn) {
    info.put("forces", cost.forces());
    info.put("longest-force-nanos", cost.longestNanos());
    info.put("waiting", (long) cost.waiting() + waitForTurn);
  }
}
