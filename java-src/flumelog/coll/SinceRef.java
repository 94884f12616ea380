package flumelog.coll;

import clojure.lang.ARef;
import clojure.lang.IFn;
import clojure.lang.IRef;
import flumelog.error.Diagnostics;
import flumelog.log.Since;
import java.util.Map;

/** A {@link Since} of a log as a Clojure reference, for {@code deref} and {@code add-watch}. */
public final class SinceRef extends ARef {
  private final Since since;
  private boolean watching;

  SinceRef(Since since) {
    this.since = since;
  }

  public Since since() {
    return since;
  }

  @Override
  public Object deref() {
    return since.get();
  }

  @Override
  public synchronized IRef addWatch(Object key, IFn callback) {
    IRef ref = super.addWatch(key, callback);
    if (!watching) since.watch(this::tell);
    watching = true;
    return ref;
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
    return since.toString();
  }
}
