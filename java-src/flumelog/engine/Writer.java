package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.error.UseFailures;
import flumelog.event.AppendEvent;
import flumelog.event.Recorder;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.Deletions;
import flumelog.recovery.LogFiles;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Writes batches to the file, in the order in which they were handed in. The thread that has the turn writes for all
 * waiting threads, with one write. Each batch still succeeds or fails by itself.
 */
public final class Writer {
  /** The largest number of bytes of several batches in one write. */
  private static final long MAX_GROUP_BYTES = 1 << 20;

  private final String path;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final Watermark watermark;
  private final Durability durability;
  private final FrameWriter frames;
  // Null if the log is not protected.
  private final SealedWrites sealed;
  private final NotedDeletions noted;
  // Null if the log is not sealed.
  private final Seals seals;
  private final ReentrantLock turn = new ReentrantLock();
  private final Counting counting;
  private final ConcurrentLinkedQueue<Batch> pending = new ConcurrentLinkedQueue<>();
  private final AtomicLong pendingBytes = new AtomicLong();
  /** Whether the file may have bytes of a failed write behind its end. Changed only by the thread that has the turn. */
  private boolean hasLeftOver;
  private volatile boolean closed;

  public Writer(LogFiles files, Blocks blocks, Starts starts, Watermark watermark, Durability durability) {
    Protected by = files.protection();
    this.path = files.path();
    this.framing = files.found().framing();
    this.blocks = blocks;
    this.starts = starts;
    this.watermark = watermark;
    this.durability = durability;
    this.sealed = by == null ? null : new SealedWrites(by, blocks, files.treeToWrite());
    this.frames = new FrameWriter(framing, blocks, by == null ? null : sealed.sealing());
    this.counting = new Counting(turn, durability, files.deleted());
    this.noted = by == null ? null : new NotedDeletions(this, blocks, watermark, durability, frames, sealed, counting);
    this.seals = files.treeToWrite() == null ? null : new Seals(this, files, blocks, watermark, durability, frames, sealed, counting);
  }

  /** Appends a batch: writes it, calls the watches, and forces as the policy says. Returns the offsets. */
  public long[] append(Batch batch) {
    write(batch);
    watermark.tell();
    long[] offsets = batch.offsets();
    durability.afterWrite();
    return offsets;
  }

  /** Writes a batch. Returns when it was written or has failed. If no other thread writes, the queue is not used. */
  private void write(Batch batch) {
    if (pending.isEmpty() && turn.tryLock()) {
      try {
        writeAlone(batch);
      } finally {
        turn.unlock();
      }
    } else {
      handIn(batch);
      writeUntilDone(batch);
    }
  }

  private void writeUntilDone(Batch batch) {
    Threads.lock(turn);
    try {
      while (!batch.isDone()) writeGroup(nextGroup());
    } catch (Throwable t) {
      failPending(t);
      throw t;
    } finally {
      turn.unlock();
    }
  }

  /** Adds a batch to the queue. The thread with the next turn writes it. Returns how many bytes are in the queue. */
  long handIn(Batch batch) {
    pending.add(batch);
    return pendingBytes.addAndGet(batch.bytes());
  }

  /** Writes all batches in the queue. */
  void writePending() {
    Threads.lock(turn);
    try {
      writeAllPending();
    } finally {
      turn.unlock();
    }
  }

  private void writeAllPending() {
    try {
      while (!pending.isEmpty()) writeGroup(nextGroup());
    } catch (Throwable t) {
      failPending(t);
      throw t;
    }
  }

  /** Fails all batches in the queue, if not even the memory for a write is left: no caller may wait for ever. */
  private void failPending(Throwable t) {
    for (Batch batch = pending.peek(); batch != null; batch = pending.peek()) {
      if (!batch.isDone()) batch.fail(t);
      remove(batch);
    }
  }

  /** Deletes records, and forces as the policy says. Returns how many were not deleted before. */
  public int delete(Frame[] records) {
    int deleted = zero(records);
    durability.afterWrite();
    return deleted;
  }

  /** Overwrites the data of the records that are not deleted yet with zeros. Returns how many there were. */
  private int zero(Frame[] records) {
    Threads.lock(turn);
    try {
      if (closed) throw UseFailures.closed(path);
      List<Frame> present = new ArrayList<>();
      for (Frame record : records) {
        if (!framing.isDeleted(blocks, record)) present.add(record);
      }
      for (int from = 0; from < present.size(); from += Deletions.MOST_AT_ONCE) {
        List<Frame> some = present.subList(from, Math.min(present.size(), from + Deletions.MOST_AT_ONCE));
        if (sealed == null) zero(some);
        else noted.zero(some);
      }
      return present.size();
    } finally {
      turn.unlock();
    }
  }

  /** Null if the log is not sealed. */
  public Seals seals() {
    return seals;
  }

  /** Does some work while nobody writes. */
  <T> T withTurn(Supplier<T> work) {
    Threads.lock(turn);
    try {
      return work.get();
    } finally {
      turn.unlock();
    }
  }

  /** How many records there are. */
  public Counting counting() {
    return counting;
  }

  /**
   * Writes the batches in the queue and makes everything durable. Later batches fail. At the same moment the log is
   * closed for readers: none gets a record after it has seen that the log is closed.
   */
  public void close() {
    Threads.lock(turn);
    try {
      writeAllPending();
      if (seals != null && !closed) seals.beforeClose();
      LogException full = hasLeftOver ? cutBack(null) : null;
      if (full == null) {
        durability.close(starts, counting.deleted());
      } else {
        durability.sync();
        throw full;
      }
    } finally {
      closed = true;
      turn.unlock();
    }
  }

  /** Closes a log that was opened for reading. */
  public void closeUnused() {
    closed = true;
  }

  public boolean isClosed() {
    return closed;
  }

  String path() {
    return path;
  }

  /** About how many threads wait for their turn to write. */
  int waiting() {
    return turn.getQueueLength();
  }

  /** Writes a group. Each of its batches is done, and out of the queue, when this returns. */
  private void writeGroup(List<Batch> group) {
    try {
      if (group.size() == 1) writeAlone(group.get(0));
      else if (!group.isEmpty()) writeTogether(group);
    } finally {
      for (Batch batch = pending.peek(); batch != null && batch.isDone(); batch = pending.peek()) remove(batch);
    }
  }

  private void remove(Batch first) {
    pending.poll();
    pendingBytes.addAndGet(-first.bytes());
  }

  /** Writes a group with one write. If that fails before it is published, writes each batch by itself. */
  private void writeTogether(List<Batch> group) {
    long before = blocks.end();
    long[] offsets;
    try {
      offsets = writeAll(group);
    } catch (Throwable t) {
      boolean isPublished = blocks.end() != before;
      for (int i = 0; i < group.size(); i++) {
        if (isPublished) group.get(i).fail(t);
        else writeAlone(group.get(i));
      }
      return;
    }
    for (int i = 0, from = 0; i < group.size(); i++) {
      int to = from + group.get(i).data().length;
      group.get(i).succeed(offsets, from, to);
      from = to;
    }
  }

  private long[] writeAll(List<Batch> group) {
    List<byte[]> data = new ArrayList<>();
    long bytes = 0;
    for (Batch batch : group) {
      data.addAll(Arrays.asList(batch.data()));
      bytes += batch.bytes();
    }
    return write(data.toArray(new byte[0][]), sealed == null ? null : SealedWrites.kindsOf(group), bytes);
  }

  private void writeAlone(Batch batch) {
    try {
      batch.succeed(write(batch.data(), sealed == null ? null : Kind.ofBatch(batch.data().length), batch.bytes()));
    } catch (Throwable t) {
      batch.fail(t);
    }
  }

  /** The next batches to write together. They stay in the queue until they are done. */
  private List<Batch> nextGroup() {
    List<Batch> group = new ArrayList<>();
    long bytes = 0;
    for (Batch batch : pending) {
      if (bytes > 0 && bytes + batch.bytes() > MAX_GROUP_BYTES) break;
      bytes += batch.bytes();
      group.add(batch);
    }
    return group;
  }

  private long[] write(byte[][] data, byte[] kinds, long bytes) {
    AppendEvent event = Recorder.isOn(durability.progress().writes()) ? AppendEvent.start() : null;
    boolean needsHead = sealed != null && !closed && sealed.isHeadDue(blocks.end());
    long[] offsets = needsHead ? writeWithHead(data, kinds, bytes) : writeFrames(data, kinds, bytes);
    if (event != null) event.end(path, offsets[0], data.length, bytes);
    if (seals != null) seals.afterAppend();
    return offsets;
  }

  private long[] writeWithHead(byte[][] data, byte[] kinds, long bytes) {
    long[] starts = writeFrames(sealed.withHead(data, blocks.end()), SealedWrites.withHead(kinds), bytes + sealed.headBytes());
    counting.addOwn(1);
    return Arrays.copyOfRange(starts, 1, starts.length);
  }

  /**
   * Everything that allocates memory comes before the records are published; after that only fields are set. An error
   * before that leaves nothing of the batch.
   */
  private long[] writeFrames(byte[][] data, byte[] kinds, long bytes) {
    if (closed) throw UseFailures.closed(path);
    long start = blocks.end();
    checkFits(start, bytes);
    LogException full = hasLeftOver ? cutBack(null) : null;
    if (full != null) throw full;
    durability.beginWriting();
    FrameWriter.NewFrames newFrames;
    Durability.Progress progress;
    Watermark.Reached reached;
    hasLeftOver = true;
    try {
      newFrames = kinds == null ? frames.write(data, start, bytes)
          : new FrameWriter.NewFrames(frames.writeSealed(data, kinds, start, bytes), false);
      long last = newFrames.starts()[data.length - 1];
      progress = durability.withOneMore(start + bytes, last, data.length, newFrames.mayLookTorn());
      reached = new Watermark.Reached(last, start + bytes);
    } catch (Throwable t) {
      cutBack(t);
      throw t;
    }
    addLandmarks(newFrames.starts());
    publish(progress, reached, newFrames.starts());
    if (sealed != null) sealed.wrote(start);
    return newFrames.starts();
  }

  /** Throws if so many more bytes would make the log end at a position that its format can't write. */
  void checkFits(long start, long bytes) {
    if (bytes <= framing.maxEnd() - start) return;
    throw RecordFailures.logTooLarge(path, start + bytes, framing.maxEnd(), framing.describe());
  }

  /** Cuts off what a failed write has left, before a frame of the log's own is written. Where that fails, {@link #cutBack} must be called. */
  void beginAppending() {
    LogException full = hasLeftOver ? cutBack(null) : null;
    if (full != null) throw full;
    hasLeftOver = true;
  }

  /** That frame is published. */
  void endAppending() {
    hasLeftOver = false;
  }

  /** Adds the starts of frames to the landmarks, so that records are found sooner. They are found without it too. */
  void addLandmarks(long[] offsets) {
    try {
      starts.addAll(offsets);
    } catch (VirtualMachineError e) {
      // The records are still found, by a longer search.
    }
  }

  /** Makes the written frames visible: they become records when {@code since} is set. */
  private void publish(Durability.Progress progress, Watermark.Reached reached, long[] starts) {
    try {
      blocks.publish();
      durability.wrote(progress);
      if (sealed != null) sealed.published(starts, reached.end());
      watermark.set(reached);
      hasLeftOver = false;
    } catch (Throwable t) {
      durability.fail(t);
      throw t;
    }
  }

  /**
   * Cuts the file back to its last good end after a failed write. If memory runs out, or the disk is too full for the cut, the next write
   * does it. Returns the error of a full disk; null otherwise, also where the log has failed: then {@link Durability#beginWriting} throws.
   */
  LogException cutBack(Throwable cause) {
    LogException full = durability.cutBack(blocks, cause);
    hasLeftOver = full != null;
    return full;
  }

  private void zero(List<Frame> records) {
    long end = records.stream().mapToLong(Frame::end).max().orElseThrow();
    durability.beginDeleting(end, blocks, records);
    long before = counting.begin();
    try {
      for (Frame record : records) blocks.zero(record.data(), record.length());
      counting.end(before, records.size());
      durability.wrote(durability.withOverwrite());
    } catch (Throwable t) {
      // A part of the data may be zeros by now. The next open finishes the deletion.
      durability.fail(t);
      throw t;
    }
  }
}
