package flumelog.coll;

import clojure.lang.IDeref;
import clojure.lang.IFn;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.RT;
import clojure.lang.Reversible;
import clojure.lang.Seqable;
import flumelog.log.Description;
import flumelog.log.Log;
import flumelog.log.Range;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * The records of a range as a collection of values, entries or offsets. It holds no records: each use reads the log, up
 * to the record that is the last one at that time.
 */
public class LogView implements IReduce, Seqable, Reversible, Iterable<Object> {
  final Log log;
  final Range range;
  final Projection projection;
  final RecordCodec recordCodec;
  /** Whether it is one of many parts, whose blocks would together replace all other blocks in the cache. */
  private final boolean isPart;

  LogView(Log log, RecordCodec recordCodec, Range range, Projection projection) {
    this(log, recordCodec, range, projection, false);
  }

  private LogView(Log log, RecordCodec recordCodec, Range range, Projection projection, boolean isPart) {
    this.isPart = isPart;
    this.log = log;
    this.recordCodec = recordCodec;
    this.range = range;
    this.projection = projection;
  }

  /** The log whose records these are. */
  public Log log() {
    return log;
  }

  public Range range() {
    return range;
  }

  public Projection projection() {
    return projection;
  }

  /** Whether records that can't be decoded are left out, so that only decoding tells which ones count up to a limit. */
  public boolean skips() {
    return recordCodec.skips();
  }

  /** A view like this one with another range. */
  public LogView in(Range other) {
    return new LogView(log, recordCodec, other, projection);
  }

  /** A view like this one over one of many parts of the range. It does not put blocks into the cache. */
  public LogView part(Range other) {
    return new LogView(log, recordCodec, other, projection, true);
  }

  Reading read() {
    return new Reading(isPart ? log.cursorPastCache() : log.cursor(), range, projection, recordCodec);
  }

  @Override
  public Object reduce(IFn f, Object init) {
    return reduce(f, init, read(), range.limit());
  }

  @Override
  public Object reduce(IFn f) {
    Reading reading = read();
    long left = range.limit();
    while (left > 0 && reading.move()) {
      Object first = reading.item();
      if (first != RecordCodec.NONE) return reduce(f, first, reading, left - 1);
    }
    return f.invoke();
  }

  private static Object reduce(IFn f, Object init, Reading reading, long limit) {
    try {
      Object acc = init;
      for (long left = limit; left > 0 && reading.move(); ) {
        Object item = reading.item();
        if (item == RecordCodec.NONE) continue;
        acc = f.invoke(acc, item);
        if (RT.isReduced(acc)) return ((IDeref) acc).deref();
        left--;
      }
      return acc;
    } finally {
      reading.release();
    }
  }

  /** The items as a seq; null if there is none. */
  @Override
  public ISeq seq() {
    return LogSeq.first(in(range.to(range.key().last(log.since()))));
  }

  /** The items in the opposite order; null if there is none. */
  @Override
  public ISeq rseq() {
    Range whole = unlimited();
    return in(whole.reversed()).seq();
  }

  @Override
  public Iterator<Object> iterator() {
    return new Items(read(), range.limit());
  }

  /**
   * A range without a limit that has the same records. It can be read from its other end, or in parts. The records are
   * decoded only if those that can't be decoded are skipped, since these don't count towards the limit.
   */
  public Range unlimited() {
    if (range.limit() == Long.MAX_VALUE) return range;
    Reading reading = new Reading(log.cursor(), range, recordCodec.skips() ? projection : Projection.OFFSETS, recordCodec);
    long last = -1;
    try {
      for (long left = range.limit(); left > 0 && reading.move(); ) {
        if (reading.item() == RecordCodec.NONE) continue;
        last = reading.key();
        left--;
      }
    } finally {
      reading.release();
    }
    Range all = range.atMost(Long.MAX_VALUE);
    return last < 0 ? all.to(-1) : range.reverse() ? all.from(last) : all.to(last);
  }

  @Override
  public String toString() {
    return Description.of(projection.described(), log, "since", "end");
  }

  private static final class Items implements Iterator<Object> {
    private final Reading reading;
    private long left;
    private Object item = RecordCodec.NONE;

    Items(Reading reading, long limit) {
      this.reading = reading;
      this.left = limit;
    }

    @Override
    public boolean hasNext() {
      while (item == RecordCodec.NONE && left > 0 && reading.move()) item = reading.item();
      return item != RecordCodec.NONE;
    }

    @Override
    public Object next() {
      if (!hasNext()) throw new NoSuchElementException();
      Object next = item;
      item = RecordCodec.NONE;
      left--;
      return next;
    }
  }
}
