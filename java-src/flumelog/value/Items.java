package flumelog.value;

import clojure.lang.AFn;
import clojure.lang.IReduceInit;
import clojure.lang.RT;
import clojure.lang.Util;
import java.util.Iterator;

/** Visits the items of a sequence or another collection in order. */
final class Items {
  private Items() {}

  /** Called for each item. */
  interface Step {
    void item(boolean first, Object item) throws Exception;
  }

  /**
   * Calls the step for each item. Reduces if the collection can be reduced: an iterator over an endless sequence such as
   * {@code (range)} would keep all its items in memory.
   */
  static void each(Object items, Step step) throws Exception {
    if (items instanceof IReduceInit reducible) {
      reducible.reduce(new Stepping(step), null);
      return;
    }
    boolean first = true;
    for (Iterator<?> left = RT.iter(items); left.hasNext(); first = false) step.item(first, left.next());
  }

  private static final class Stepping extends AFn {
    private final Step step;
    private boolean first = true;

    Stepping(Step step) {
      this.step = step;
    }

    @Override
    public Object invoke(Object acc, Object item) {
      try {
        step.item(first, item);
      } catch (Exception e) {
        throw Util.sneakyThrow(e);
      }
      first = false;
      return acc;
    }
  }
}
