package flumelog.engine;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Loads the classes that are first used when something fails or a log is closed. Where a stack is at its end, memory is short, or
 * there are no descriptors left, the JVM can't load a class, and some classes never again in its life. So they are loaded
 * before, once in a process.
 */
// start-up: not when the first log is opened, which takes less time than this. The first append forces a mark, so it has the time;
// else the third opening does it.
public final class ErrorPath {
  private static final int OPENED_OFTEN = 3;

  /** What an error needs: these are loaded when the caller goes on. */
  private static final String[] FIRST = {
    "flumelog.error.LogException", "flumelog.error.LogException$Kind", "flumelog.error.DiskFailures",
    "flumelog.error.RecordFailures", "flumelog.error.UseFailures", "flumelog.error.Reason",
    "flumelog.error.ValueText", "flumelog.error.Diagnostics", "flumelog.engine.Round",
    "flumelog.engine.BackgroundSync", "flumelog.engine.AsyncAppends$Turn", "flumelog.engine.AsyncAppends$Promise",
    "flumelog.engine.AsyncAppends$Promises"};

  /** What reading and closing need, and the rest of what writing does. */
  private static final String[] THEN = {
    "flumelog.error.FormatFailures", "flumelog.error.IdentityFailures", "flumelog.error.OptionFailures",
    "flumelog.file.FullDisk", "flumelog.file.SystemWords", "flumelog.file.Mapper", "flumelog.file.Mapper$Call",
    "flumelog.block.Block", "flumelog.block.BlockKey",
    "flumelog.block.HalfZeroed", "flumelog.block.Mapping", "flumelog.block.Window", "flumelog.frame.Cells",
    "flumelog.frame.Frame", "flumelog.frame.Landmarks", "flumelog.frame.Progress", "flumelog.recovery.Anchor",
    "flumelog.recovery.Deletions$Intent", "flumelog.recovery.Deletions$Redone", "flumelog.recovery.GivenUp",
    "flumelog.recovery.Scan", "flumelog.recovery.TornTail", "flumelog.recovery.Walk", "flumelog.engine.MappedRecords",
    "flumelog.engine.MappedRecords$Seen"};

  private static final AtomicInteger OPENED = new AtomicInteger();
  private static volatile boolean isLoaded;
  /** What the packages above need. */
  private static volatile String[] atLast = {};

  private ErrorPath() {}

  /** A log is opened. @param above names of the classes that the caller's package needs then */
  public static void opens(String... above) {
    atLast = above;
    if (!isLoaded && OPENED.incrementAndGet() == OPENED_OFTEN) load();
  }

  /** Loads them, with a stack of their own; returns when the first are there. */
  static void load() {
    if (isLoaded) return;
    isLoaded = true;
    CountDownLatch first = new CountDownLatch(1);
    Thread loading = new Thread("flumelog-load") {
      @Override
      public void run() {
        load(FIRST);
        first.countDown();
        load(THEN);
        load(atLast);
      }
    };
    loading.setDaemon(true);
    try {
      loading.start();
    } catch (OutOfMemoryError noThread) {
      loading.run();
    }
    await(first);
  }

  private static void load(String[] names) {
    for (String name : names) {
      try {
        Class.forName(name);
      } catch (ClassNotFoundException | LinkageError | VirtualMachineError e) {
        // Who needs it is told.
      }
    }
  }

  /** An interrupt is kept for whoever asks for it. */
  private static void await(CountDownLatch latch) {
    boolean interrupted = false;
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) Thread.currentThread().interrupt();
  }
}
