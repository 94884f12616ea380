package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.Diagnostics;
import flumelog.protect.GivenSeal;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.protect.TreeHead;
import flumelog.recovery.LogFiles;
import flumelog.recovery.LogTree;
import java.lang.ref.WeakReference;
import java.util.function.BiFunction;
import java.util.function.Supplier;

/**
 * Writes the seals of a sealed log: after a number of frames, within a time after an append, and when the log is closed. A seal that can't
 * be written fails no append; the next one comes with the next append. For the thread that has the writer's turn.
 */
public final class Seals {
  /** One thread for the seals of all logs that are due by time. It ends when there is nothing to do. */
  private static final Workers THREAD = Workers.one("flumelog-seal");

  private final ProtectedWriter writer;
  private final Protected by;
  private final LogTree tree;
  private final Blocks blocks;
  private final Watermark watermark;
  private final Durability durability;
  private final OwnFrames own;
  private final Counting counting;
  private final GivenSeal policy;
  private boolean isScheduled;

  Seals(ProtectedWriter writer, LogFiles files, Watermark watermark, OwnFrames own) {
    this.writer = writer;
    this.by = files.protection();
    this.tree = files.treeToWrite();
    this.blocks = writer.blocks;
    this.watermark = watermark;
    this.durability = writer.durability;
    this.own = own;
    this.counting = writer.counting;
    this.policy = files.seal();
  }

  /** The head of the log now. All of it is on disk when this returns. For any thread. */
  public TreeHead head() {
    TreeHead head = writer.withTurn(this::headNow);
    durability.sync();
    return head;
  }

  /** Seals the log if something lies behind its last seal, and makes it durable. For any thread. */
  public TreeHead seal() {
    TreeHead head = writer.withTurn(this::sealNow);
    durability.sync();
    return head;
  }

  /** Calls a function with the tree, and with the head at that moment, while nobody writes. For any thread. */
  public <T> T withTree(BiFunction<LogTree, Supplier<TreeHead>, T> read) {
    return writer.withTurn(() -> read.apply(tree, this::headNow));
  }

  /** The last seal if nothing lies behind it, else what a seal would say now. */
  private TreeHead headNow() {
    return tree.unsealed() == 0 ? tree.lastSeal() : by.signed(tree.state());
  }

  private TreeHead sealNow() {
    if (tree.unsealed() > 0) append();
    return tree.lastSeal();
  }

  /** After an append: seals the log if that is due, or sees to it that it is sealed in time. */
  void afterAppend() {
    if (tree.unsealed() >= policy.everyRecords()) sealIfPossible();
    else if (!isScheduled) schedule();
  }

  /** Before the log is closed. A new log without a record has no seal. */
  void beforeClose() {
    boolean isNeeded = tree.unsealed() > (tree.lastSeal() == null ? 1 : 0);
    if (isNeeded && durability.failure() == null) sealIfPossible();
  }

  private void sealIfPossible() {
    try {
      sealNow();
    } catch (Exception | VirtualMachineError e) {
      Diagnostics.write(System.Logger.Level.WARNING, writer.path() + " could not be sealed now", e);
    }
  }

  private void schedule() {
    isScheduled = true;
    try {
      THREAD.schedule(new Due(new WeakReference<>(this)), writer.path(), policy.everyMillis());
    } catch (Throwable noThread) {
      isScheduled = false;             // the next append schedules it again
    }
  }

  private Void due() {
    isScheduled = false;
    if (!writer.isClosed() && durability.failure() == null) sealIfPossible();
    return null;
  }

  /** Holds nothing of a log that was closed meanwhile. */
  private record Due(WeakReference<Seals> of) implements Runnable {
    @Override
    public void run() {
      Seals seals = of.get();
      if (seals != null) seals.writer.withTurn(seals::due);
    }
  }

  private void append() {
    durability.beginWriting();
    long start = blocks.end();
    TreeHead head = by.signed(tree.state());
    long end = writer.writeOwn(Kind.SEAL, head.bytes(), false);
    try {
      blocks.publish();
      durability.wrote(durability.withNote(end, start));
      tree.addSeal(head);
      own.published(new long[] {start}, end);
      watermark.set(watermark.offset(), end);
      writer.setHasLeftOver(false);
      counting.addOwn(1);
    } catch (Throwable t) {
      durability.fail(t);
      throw t;
    }
  }
}
