package flumelog.coll;

import clojure.lang.ASeq;
import clojure.lang.IFn;
import clojure.lang.IPersistentMap;
import clojure.lang.IReduce;
import clojure.lang.ISeq;
import clojure.lang.Obj;
import flumelog.error.RecordFailures;
import flumelog.log.Range;

/**
 * A record and those after it, as a seq. A record is decoded once, when {@code first} is called; walking past it does
 * not decode it. Reducing reads the log directly and retains no items.
 */
final class LogSeq extends ASeq implements IReduce {
  private static final long serialVersionUID = 1L;

  private final transient LogView view;
  private final transient Reading reading;
  private final long offset;
  private final long key;
  /** The largest number of items after this one. */
  private final long left;
  private transient Object first;
  private transient ISeq rest;
  private transient boolean restKnown;

  private LogSeq(IPersistentMap meta, LogView view, Reading reading, long offset, long key, long left, Object first) {
    super(meta);
    this.view = view;
    this.reading = reading;
    this.offset = offset;
    this.key = key;
    this.left = left;
    this.first = first;
  }

  /** The view as a seq; null if it has no item. */
  static ISeq first(LogView view) {
    return view.range.limit() > 0 ? move(view, view.read(), view.range.limit()) : null;
  }

  private static ISeq move(LogView view, Reading reading, long limit) {
    while (reading.move()) {
      // If records that can't be decoded are skipped, this one must be decoded to know whether it is an item.
      Object item = view.recordCodec.skips() ? reading.item() : null;
      if (item == RecordCodec.NONE) continue;
      return new LogSeq(null, view, reading, reading.offset(), reading.key(), limit - 1, view.recordCodec.skips() ? item : RecordCodec.NONE);
    }
    return null;
  }

  @Override
  public synchronized Object first() {
    if (first == RecordCodec.NONE) first = item();
    return first;
  }

  @Override
  public synchronized ISeq next() {
    if (!restKnown) {
      rest = left == 0 ? null : moveOn();
      restKnown = true;
    }
    return rest;
  }

  @Override
  public Object reduce(IFn f) {
    return onward().reduce(f);
  }

  @Override
  public Object reduce(IFn f, Object init) {
    return onward().reduce(f, init);
  }

  @Override
  public Obj withMeta(IPersistentMap meta) {
    return new LogSeq(meta, view, reading, offset, key, left, first);
  }

  private Object item() {
    synchronized (reading) {
      Object item = reading.offset() == offset ? reading.item() : reread();
      if (item == RecordCodec.NONE) throw RecordFailures.deleted(view.log.path(), offset);
      return item;
    }
  }

  /** Reads the record by its offset, because the reading, which all nodes of the seq share, has moved on. */
  private Object reread() {
    boolean readsData = view.projection.readsData();
    return view.projection.item(key, readsData ? view.recordCodec.value(offset, view.log.fetch(offset)) : null);
  }

  private ISeq moveOn() {
    synchronized (reading) {
      if (reading.offset() == offset) return move(view, reading, left);
    }
    Range range = view.range;
    LogView after = view.in(range.reverse() ? range.to(key - 1) : range.from(key + 1));
    return move(after, after.read(), left);
  }

  /** The view that begins with this record. */
  private LogView onward() {
    Range range = view.range;
    return view.in((range.reverse() ? range.to(key) : range.from(key)).atMost(left + 1));
  }
}
