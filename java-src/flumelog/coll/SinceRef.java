package flumelog.coll;

import clojure.lang.ARef;
import clojure.lang.IFn;
import clojure.lang.IRef;
import flumelog.error.Diagnostics;
import flumelog.log.RecordKey;
import flumelog.log.Since;
import java.util.Map;

/** A {@link Since} of a log as a Clojure reference, for {@code deref} and {@code add-watch}. */
public final class SinceRef extends ARef {
  private final Since since;
  private final RecordKey key;
  private boolean watching;
  /** The end of which the watches were told last. */
  private long toldEnd;

  /** @param key whether it is a reference to the offset of the record, or to its end */
  SinceRef(Since since, RecordKey key) {
    this.since = since;
    this.key = key;
  }

  public Since since() {
    return since;
  }

  @Override
  public Object deref() {
    return key.last(since);
  }

  @Override
  public synchronized IRef addWatch(Object name, IFn callback) {
    IRef ref = super.addWatch(name, callback);
    if (!watching && key == RecordKey.END) toldEnd = since.end();
    if (!watching) since.watch(key == RecordKey.END ? this::tellEnd : this::tell);
    watching = true;
    return ref;
  }

  /** Tells moves that follow one another quickly as one, with the end of the last one. */
  private void tellEnd(long before, long now) {
    long end = since.end();
    long told = toldEnd;
    toldEnd = end;
    if (end != told) tell(told, end);
  }

  /** Calls each watch, even if another one throws. */
  private void tell(long before, long now) {
    for (Object entry : (Iterable<?>) getWatches()) {
      Map.Entry<?, ?> watch = (Map.Entry<?, ?>) entry;
      try {
        ((IFn) watch.getValue()).invoke(watch.getKey(), this, before, now);
      } catch (Throwable t) {
        Diagnostics.handToThread(t);
      }
    }
  }

  /** Validators are not supported: a record that was appended can't be refused afterwards. */
  @Override
  public void setValidator(IFn validator) {
    throw new UnsupportedOperationException("the offset of the last record takes no validator");
  }

  @Override
  public String toString() {
    return key == RecordKey.START ? since.toString() : "#flumelog/Since[:key :end, record " + since.lastSeen() + "]";
  }
}
