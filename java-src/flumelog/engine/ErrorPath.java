package flumelog.engine;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Loads the classes that are first used when something fails or a log is closed. At the end of the stack, or without
 * memory or file descriptors, the JVM can't load a class, and some classes can never be loaded after such a failure. So
 * they are loaded in advance, once in a process.
 */
// start-up: the first open does not load them, since it takes less time than the loading. The first append loads them,
// since it forces a mark anyway; if there is none, the third open has them loaded, and does not wait for that.
public final class ErrorPath {
  private static final int OPENED_OFTEN = 3;

  /** The classes that an error needs. They are loaded before the caller goes on. */
  private static final String[] FIRST = {
    "flumelog.error.LogException", "flumelog.error.LogException$Kind", "flumelog.error.DiskFailures",
    "flumelog.error.RecordFailures", "flumelog.error.UseFailures", "flumelog.error.Reason",
    "flumelog.error.ValueText", "flumelog.error.Diagnostics", "flumelog.engine.Round",
    "flumelog.engine.BackgroundSync", "flumelog.engine.Workers", "flumelog.engine.Workers$Task",
    "flumelog.engine.Workers$Worker", "flumelog.engine.WaitSet$Waiter",
    "flumelog.engine.AppendFuture", "flumelog.engine.AsyncAppends$Turn", "flumelog.engine.Promises$Promise",
    "flumelog.engine.Promises"};

  /** The classes that reading and closing need, and the other classes for writing. */
  private static final String[] THEN = {
    "flumelog.error.FormatFailures", "flumelog.error.IdentityFailures", "flumelog.error.OptionFailures",
    "flumelog.error.ClojureData", "flumelog.error.CodecFailure", "flumelog.file.Patience",
    "flumelog.file.FullDisk", "flumelog.file.SystemWords", "flumelog.file.Mapper", "flumelog.file.Mapper$Call",
    "flumelog.block.Block", "flumelog.block.BlockKey",
    "flumelog.block.HalfZeroed", "flumelog.block.Mapping", "flumelog.block.Window", "flumelog.frame.Cells",
    "flumelog.frame.Frame", "flumelog.frame.Landmarks", "flumelog.recovery.Anchor",
    "flumelog.recovery.Intent", "flumelog.recovery.Deletions$Redone", "flumelog.recovery.GivenUp",
    "flumelog.recovery.FileScan", "flumelog.recovery.TornTail", "flumelog.recovery.Walk", "flumelog.engine.JournaledDeletions",
    "flumelog.engine.MappedRecords", "flumelog.engine.MappedRecords$Seen", "flumelog.file.MemoryFault",
    "flumelog.file.SharedMemory", "java.nio.BufferMismatch"};

  private static final AtomicInteger OPENED = new AtomicInteger();
  private static volatile boolean isLoaded;
  /** The classes that the packages above this one need. */
  private static volatile String[] atLast = {};

  private ErrorPath() {}

  /**
   * Counts the opening of a log. Initializes what a thread needs to wait for another one: the first wait of a process may be at the
   * end of a stack.
   *
   * @param above the names of the classes that the caller's package needs
   */
  public static void opens(String... above) {
    atLast = above;
    LockSupport.unpark(null); // does nothing else
    if (!isLoaded && OPENED.incrementAndGet() == OPENED_OFTEN) load(new CountDownLatch(1));
  }

  /** Loads the classes, and returns when the first ones are loaded. */
  static void load() {
    if (isLoaded) return;
    CountDownLatch first = new CountDownLatch(1);
    load(first);
    await(first);
  }

  /** Loads the classes in a thread, which has a fresh stack. Counts the latch down when the first ones are loaded. */
  private static void load(CountDownLatch first) {
    isLoaded = true;
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
  }

  private static void load(String[] names) {
    for (String name : names) {
      try {
        Class.forName(name);
      } catch (ClassNotFoundException | LinkageError | VirtualMachineError e) {
        // Code that needs the class will get the error.
      }
    }
  }

  /** Waits for the latch. The thread stays interrupted if it is. */
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
