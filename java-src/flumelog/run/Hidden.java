package flumelog.run;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The offsets of deleted records that segments still have. Several threads may use it. */
public final class Hidden {
  private final Set<Long> offsets = ConcurrentHashMap.newKeySet();

  boolean has(long offset) {
    return !offsets.isEmpty() && offsets.contains(offset);
  }

  void set(long offset, boolean isHidden) {
    if (isHidden) offsets.add(offset);
    else offsets.remove(offset);
  }

  void addAll(Hidden others) {
    offsets.addAll(others.offsets);
  }
}
