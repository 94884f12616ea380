package flumelog.kafka;

import flumelog.engine.Workers;
import flumelog.error.Diagnostics;
import java.util.ArrayList;
import java.util.List;

/**
 * Tells what became of appends for which nobody waits: calls the watches, and completes the futures, in a thread of its own. So a slow
 * action keeps no later append waiting.
 */
final class Completions {
  private static final Workers THREADS = Workers.many("flumelog-append");

  private final String path;
  private final Runnable tell;
  private List<Pending> ended = new ArrayList<>();

  /** @param tell calls the watches */
  Completions(String path, Runnable tell) {
    this.path = path;
    this.tell = tell;
  }

  /** Adds one that has ended. */
  void add(Pending one) {
    boolean isFirst;
    synchronized (this) {
      isFirst = ended.isEmpty();
      ended.add(one);
    }
    if (isFirst) run();
  }

  private void run() {
    try {
      THREADS.execute(this::completeAll, path);
    } catch (Throwable noThread) {
      completeAll();
    }
  }

  private void completeAll() {
    List<Pending> all;
    synchronized (this) {
      all = ended;
      ended = new ArrayList<>();
    }
    tell.run();
    for (Pending one : all) {
      try {
        one.complete();
      } catch (Throwable thrown) {
        Diagnostics.handToThread(thrown);
      }
    }
  }
}
