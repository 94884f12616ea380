package flumelog.log;

import flumelog.error.Diagnostics;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.ToIntFunction;

/** For back ends: the watches of a log that are called for deletions. See {@link Log#watchDeletions}. */
public final class DeletionWatches {
  private final List<Log.DeletionWatch> watches = new CopyOnWriteArrayList<>();
  /**
   * Held during a deletion that is reported, so that no watch finds a record present that another thread is deleting.
   */
  private final ReentrantLock deleting = new ReentrantLock();

  /** Makes an object without watches. */
  public DeletionWatches() {}

  /**
   * Adds a watch.
   *
   * @param watch is called for each deletion from now on
   * @return removes the watch
   */
  public Runnable add(Log.DeletionWatch watch) {
    watches.add(Objects.requireNonNull(watch, "watch"));
    return () -> watches.remove(watch);
  }

  /**
   * Deletes records, and calls the watches before and after.
   *
   * @param offsets as given by the caller
   * @param deletion deletes the records in the back end
   * @return the result of the deletion
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
        Diagnostics.handToThread(t);
      }
    }
  }
}
