package flumelog.run;

import java.util.ArrayList;
import java.util.List;

/** Which segments are merged, and when: so that there are few of them, and each offset is written again only now and then. */
public final class Tiers {
  /** Segments are merged when the first of them is not larger than a third of the others together. */
  private static final int RATIO = 3;

  private static final long MOST_TABLE_BYTES = 1 << 28;

  private Tiers() {}

  /**
   * Finds the segments to be merged.
   *
   * @param segments in the order of the log
   * @return the index of the first; all later ones are merged with it; the number of segments if none is to be merged
   */
  public static int first(List<? extends Segment> segments) {
    int first = segments.size();
    long behind = 0;
    for (int i = segments.size() - 1; i >= 0; i--) {
      long size = segments.get(i).offsets();
      if (behind >= RATIO * size) first = i;
      behind += size;
    }
    return first;
  }

  /**
   * Adds a table to segments in memory, and merges those that are to be merged.
   *
   * @param segments in the order of the log
   * @param sealed how many of them, from the first on, must stay as they are
   * @param table a table of greater offsets
   * @return the new list
   */
  public static List<Segment> added(List<Segment> segments, int sealed, Table table) {
    List<Segment> young = new ArrayList<>(segments.subList(sealed, segments.size()));
    young.add(table);
    int first = first(young);
    List<Segment> merged = young.subList(first, young.size());
    long bytes = 0;
    for (Segment one : merged) bytes += one.bytes();
    List<Segment> all = new ArrayList<>(segments.subList(0, sealed));
    if (merged.size() < 2 || bytes > MOST_TABLE_BYTES) {
      all.addAll(young);
    } else {
      all.addAll(young.subList(0, first));
      all.add(merged(merged));
    }
    return List.copyOf(all);
  }

  private static Table merged(List<Segment> tables) {
    long keys = 0;
    for (Segment table : tables) keys += table.keys();
    TableBuilder builder = new TableBuilder((int) keys, (int) Segment.offsets(tables));
    try {
      Merge.into(builder, tables, Keep.ALL);
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e); // a table reads no file
    }
    return builder.table();
  }
}
