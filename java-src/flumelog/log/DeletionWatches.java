package flumelog.log;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/** For back ends: the watches of a log that are told of deletions. See {@link Log#watchDeletions}. */
public final class DeletionWatches {
  private final List<Log.DeletionWatch> watches = new CopyOnWriteArrayList<>();
  /** Held by a deletion that is told of, so that no watch sees a record as live that another thread is deleting. */
  private final ReentrantLock deleting = new ReentrantLock();

  /**
   * Adds a watch.
   *
   * @param watch is told from now on
   * @return ends that
   */
  public Runnable add(Log.DeletionWatch watch) {
    watches.add(watch);
    return () -> watches.remove(watch);
  }

  /**
   * Deletes records, and tells the watches before and after.
   *
   * @param offsets as they were given
   * @param deletion the back end's own
   * @return what that returned
   */
  public int delete(long[] offsets, ToIntFunction<long[]> deletion) {
    if (watches.isEmpty()) return deletion.applyAsInt(offsets);
    deleting.lock();
    try {
      tell(watch -> watch.deleting(offsets.clone()));
      try {
        return deletion.applyAsInt(offsets);
      } finally {
        tell(watch -> watch.deleted(offsets.clone()));
      }
    } finally {
      deleting.unlock();
    }
  }

  private void tell(Consumer<Log.DeletionWatch> call) {
    for (Log.DeletionWatch watch : watches) {
      try {
        call.accept(watch);
      } catch (Throwable t) {
        Since.handToThread(t);
      }
    }
  }
}
