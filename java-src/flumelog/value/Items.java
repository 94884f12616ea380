package flumelog.value;

import clojure.lang.AFn;
import clojure.lang.IReduceInit;
import clojure.lang.RT;
import clojure.lang.Util;
import java.util.Iterator;

/** Walks what is sequential. */
final class Items {
  private Items() {}

  /** What is done with an item. */
  interface Step {
    void item(boolean first, Object item) throws Exception;
  }

  /** By reducing where that can be: a sequence without end, as {@code (range)}, keeps all that it makes otherwise. */
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
