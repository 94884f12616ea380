package flumelog.coll;

import clojure.lang.ISeq;
import clojure.lang.RT;
import clojure.lang.Sorted;
import flumelog.error.OptionFailures;
import flumelog.log.Log;
import flumelog.log.Range;
import java.util.Comparator;
import java.util.Map;

/** {@code [offset value]} entries, sorted by offset: for {@code subseq} and {@code rsubseq}. */
public final class EntriesView extends LogView implements Sorted {
  EntriesView(Log log, RecordCodec recordCodec, Range range) {
    super(log, recordCodec, range, Projection.ENTRIES);
  }

  @Override
  @SuppressWarnings("rawtypes")
  public Comparator comparator() {
    return RT.DEFAULT_COMPARATOR;
  }

  @Override
  public Object entryKey(Object entry) {
    return ((Map.Entry<?, ?>) entry).getKey();
  }

  @Override
  public ISeq seq(boolean ascending) {
    return in(unlimited().inOrder(ascending)).seq();
  }

  @Override
  public ISeq seqFrom(Object key, boolean ascending) {
    if (!(key instanceof Number number)) throw OptionFailures.badArgument("the bound of subseq", key, "a number, an offset");
    long offset = ascending ? atOrAbove(number) : atOrBelow(number);
    Range range = unlimited().inOrder(ascending);
    return in(ascending ? range.from(offset) : range.to(offset)).seq();
  }

  private static long atOrAbove(Number bound) {
    return isWhole(bound) ? bound.longValue() : (long) Math.ceil(bound.doubleValue());
  }

  private static long atOrBelow(Number bound) {
    return isWhole(bound) ? bound.longValue() : (long) Math.floor(bound.doubleValue());
  }

  /** Whether the bound fits a long. It must not become a double, which is not exact above 2^53. */
  private static boolean isWhole(Number bound) {
    return bound instanceof Long || bound instanceof Integer || bound instanceof Short || bound instanceof Byte;
  }
}
