package flumelog.run;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;

/**
 * Hides offsets from all answers that are still in use. Those of newer answers need not list what no segment of theirs has, so
 * there are several sets. Several threads may use it.
 */
public final class Hiding {
  private final List<WeakReference<Hidden>> older = new ArrayList<>();
  private Hidden current = new Hidden();

  /** {@return what new answers hide} */
  public synchronized Hidden current() {
    return current;
  }

  /** Hides an offset from answers of any age, or shows it in them again. */
  public synchronized void set(long offset, boolean isHidden) {
    current.set(offset, isHidden);
    for (WeakReference<Hidden> reference : older) {
      Hidden hidden = reference.get();
      if (hidden != null) hidden.set(offset, isHidden);
    }
  }

  /** Says that no segment of newer answers has these offsets. */
  public synchronized void forget(Iterable<Long> gone) {
    Hidden rest = new Hidden();
    rest.addAll(current);
    for (long offset : gone) rest.set(offset, false);
    older.removeIf(reference -> reference.get() == null);
    older.add(new WeakReference<>(current));
    current = rest;
  }
}
