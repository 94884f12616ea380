package flumelog.log;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The classes that are first used when something fails or a log is closed. Where a stack is at its end, memory is short, or
 * there are no descriptors left, the JVM can't load them, and some of them then not for the rest of its life. So they are
 * loaded before, once in a process: at the first append, which forces a mark, or when the third log is opened. The first is
 * opened in less time than this takes.
 */
final class ErrorPath {
  private static final int OPENED_OFTEN = 3;

  /** What an error needs: these are loaded when the caller goes on. */
  private static final String[] FIRST = {
    "flumelog.error.LogException", "flumelog.error.LogException$Kind", "flumelog.error.DiskFailures",
    "flumelog.error.RecordFailures", "flumelog.error.UseFailures", "flumelog.error.Reason",
    "flumelog.error.ValueText", "flumelog.error.Diagnostics", "flumelog.log.Round", "flumelog.log.BackgroundSync",
    "flumelog.log.AsyncAppends$Turn", "flumelog.log.AsyncAppends$Promise", "flumelog.log.AsyncAppends$Written"};

  /** What reading and closing need, and the rest of what writing does. */
  private static final String[] THEN = {
    "flumelog.error.FormatFailures", "flumelog.error.IdentityFailures", "flumelog.error.OptionFailures",
    "flumelog.file.FullDisk", "flumelog.file.SystemWords", "flumelog.file.Mapper", "flumelog.file.Mapper$Call",
    "flumelog.block.Block", "flumelog.block.BlockCache$Entry", "flumelog.block.BlockCache$Key",
    "flumelog.block.HalfZeroed", "flumelog.block.Mapping", "flumelog.block.Window", "flumelog.frame.Anchor",
    "flumelog.frame.Cells", "flumelog.frame.Deletions$Intent", "flumelog.frame.Deletions$Redone",
    "flumelog.frame.Frame", "flumelog.frame.GivenUp", "flumelog.frame.Landmarks", "flumelog.frame.Progress",
    "flumelog.frame.Scan", "flumelog.frame.TornTail", "flumelog.frame.Walk", "flumelog.log.Description",
    "flumelog.log.Entry", "flumelog.log.LiveCursor", "flumelog.log.LiveOptions", "flumelog.log.LiveSubscription",
    "flumelog.log.LogSpliterator", "flumelog.log.MappedRecords", "flumelog.log.MappedRecords$Seen",
    "flumelog.log.OffsetCursor", "flumelog.log.Range", "flumelog.log.Repair", "flumelog.log.Rewrite",
    "flumelog.log.Verification"};

  private static final AtomicInteger OPENED = new AtomicInteger();
  private static volatile boolean isLoaded;

  private ErrorPath() {}

  static void opens() {
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
