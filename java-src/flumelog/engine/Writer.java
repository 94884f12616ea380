package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.error.UseFailures;
import flumelog.event.AppendEvent;
import flumelog.event.Recorder;
import flumelog.frame.EnvelopeWriter;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
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
 * Writes batches to the file, in the order in which they came into the queue. The thread that has the turn writes for all
 * waiting threads, with one write. Each batch still succeeds or fails by itself.
 *
 * <p>{@link #append}, {@link #delete}, {@link #writeQueue}, {@link #withTurn} and {@link #close} wait for the turn. The other methods
 * that write are for the thread that has it. Only {@code append}, {@code delete} and {@code close} have the file forced.
 */
// start-up: a ProtectedWriter is a subclass, so that a plain log needs no other class.
public class Writer {
  /** The largest number of bytes of several batches in one write. */
  private static final long MAX_GROUP_BYTES = 1 << 20;

  private final LogFiles files;
  private final String path;
  private final Framing framing;
  final Blocks blocks;
  private final Starts starts;
  private final Watermark watermark;
  final Durability durability;
  final FrameWriter frames;
  private final ReentrantLock turn = new ReentrantLock();
  final Counting counting;
  private final ConcurrentLinkedQueue<Batch> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong queuedBytes = new AtomicLong();
  /** Whether the file may have bytes of a failed write behind its end. Changed only by the thread that has the turn. */
  private boolean hasLeftOver;
  private volatile boolean closed;

  /** @param envelopes null if the log is not protected */
  Writer(LogFiles files, Blocks blocks, Starts starts, Watermark watermark, Durability durability, EnvelopeWriter envelopes) {
    this.files = files;
    this.path = files.path();
    this.framing = files.found().framing();
    this.blocks = blocks;
    this.starts = starts;
    this.watermark = watermark;
    this.durability = durability;
    this.frames = new FrameWriter(framing, blocks, envelopes);
    this.counting = new Counting(turn, durability, files.deleted());
  }

  public static Writer of(LogFiles files, Blocks blocks, Starts starts, Watermark watermark, Durability durability) {
    return files.protection() == null ? new Writer(files, blocks, starts, watermark, durability, null)
        : ProtectedWriter.ofProtected(files, blocks, starts, watermark, durability);
  }

  /** Appends a batch: writes it, calls the watches, and forces as the policy says. Returns the offsets. */
  public long[] append(Batch batch) {
    writeInTurn(batch);
    watermark.tell();
    long[] offsets = batch.offsets();
    durability.afterWrite();
    return offsets;
  }

  /** Writes a batch. Returns when it was written or has failed. If no other thread writes, the queue is not used. */
  private void writeInTurn(Batch batch) {
    if (queue.isEmpty() && turn.tryLock()) {
      try {
        writeAlone(batch);
      } finally {
        turn.unlock();
      }
    } else {
      enqueue(batch);
      writeQueueUntilDone(batch);
    }
  }

  /** Waits for the turn, and then writes what is in the queue, unless another thread has written the batch meanwhile. */
  private void writeQueueUntilDone(Batch batch) {
    Threads.lock(turn);
    try {
      while (!batch.isDone()) writeGroup(nextGroup());
    } catch (Throwable t) {
      failQueued(t);
      throw t;
    } finally {
      turn.unlock();
    }
  }

  /** Adds a batch to the queue. The thread with the next turn writes it. Returns how many bytes are in the queue. */
  long enqueue(Batch batch) {
    queue.add(batch);
    return queuedBytes.addAndGet(batch.bytes());
  }

  /** Writes all batches in the queue. */
  void writeQueue() {
    Threads.lock(turn);
    try {
      writeAllQueued();
    } finally {
      turn.unlock();
    }
  }

  private void writeAllQueued() {
    try {
      while (!queue.isEmpty()) writeGroup(nextGroup());
    } catch (Throwable t) {
      failQueued(t);
      throw t;
    }
  }

  /** Fails all batches in the queue, if not even the memory for a write is left: no caller may wait for ever. */
  private void failQueued(Throwable t) {
    for (Batch batch = queue.peek(); batch != null; batch = queue.peek()) {
      if (!batch.isDone()) batch.fail(t);
      remove(batch);
    }
  }

  /** Deletes records, and forces as the policy says. Returns how many were not deleted before. */
  public int delete(Frame[] records) {
    int deleted = zeroPresent(records);
    durability.afterWrite();
    return deleted;
  }

  /** Overwrites the data of the records that are not deleted yet with zeros. Returns how many there were. */
  private int zeroPresent(Frame[] records) {
    Threads.lock(turn);
    try {
      if (closed) throw UseFailures.closed(path);
      List<Frame> present = new ArrayList<>();
      for (Frame record : records) {
        if (!framing.isDeleted(blocks, record)) present.add(record);
      }
      for (int from = 0; from < present.size(); from += Deletions.MOST_AT_ONCE) {
        zero(present.subList(from, Math.min(present.size(), from + Deletions.MOST_AT_ONCE)));
      }
      return present.size();
    } finally {
      turn.unlock();
    }
  }

  /** Overwrites the data of records that are present with zeros, so that a crash leaves none of them half overwritten. */
  void zero(List<Frame> records) {
    new JournaledDeletions(files, blocks, durability, counting).zero(records);
  }

  /** Null if the log is not sealed. */
  public Seals seals() {
    return null;
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
      writeAllQueued();
      if (!closed) beforeClose();
      LogException full = hasLeftOver ? cutBack(null) : null;
      if (full == null) {
        durability.close(starts, counting.deleted(), counting.wereCounted());
      } else {
        durability.sync();
        throw full;
      }
    } finally {
      closed = true;
      turn.unlock();
    }
  }

  /** Is called before the log is closed. A plain log needs nothing more. */
  void beforeClose() {}

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
      for (Batch batch = queue.peek(); batch != null && batch.isDone(); batch = queue.peek()) remove(batch);
    }
  }

  private void remove(Batch first) {
    queue.poll();
    queuedBytes.addAndGet(-first.bytes());
  }

  /** Writes a group with one write. If that fails before it is published, writes each batch by itself. */
  private void writeTogether(List<Batch> group) {
    long before = blocks.end();
    long[] offsets;
    try {
      offsets = writeDataOf(group);
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

  private long[] writeDataOf(List<Batch> group) {
    List<byte[]> data = new ArrayList<>();
    long bytes = 0;
    for (Batch batch : group) {
      data.addAll(Arrays.asList(batch.data()));
      bytes += batch.bytes();
    }
    return writeData(data.toArray(new byte[0][]), kindsOf(group), bytes);
  }

  private void writeAlone(Batch batch) {
    try {
      batch.succeed(writeData(batch.data(), kindsOf(batch), batch.bytes()));
    } catch (Throwable t) {
      batch.fail(t);
    }
  }

  /** The next batches to write together. They stay in the queue until they are done. */
  private List<Batch> nextGroup() {
    List<Batch> group = new ArrayList<>();
    long bytes = 0;
    for (Batch batch : queue) {
      if (bytes > 0 && bytes + batch.bytes() > MAX_GROUP_BYTES) break;
      bytes += batch.bytes();
      group.add(batch);
    }
    return group;
  }

  /** Writes the data of one or more batches with one write, and publishes it. Returns the offsets. */
  private long[] writeData(byte[][] data, byte[] kinds, long bytes) {
    AppendEvent event = Recorder.isOn(durability.progress().writes()) ? AppendEvent.start() : null;
    long[] offsets = writeAndPublish(data, kinds, bytes);
    if (event != null) event.end(path, offsets[0], data.length, bytes);
    return offsets;
  }

  /** In a protected log the kinds of the frames, a byte for each record of the batch; null in a plain log. */
  byte[] kindsOf(Batch batch) {
    return null;
  }

  byte[] kindsOf(List<Batch> group) {
    return null;
  }

  /**
   * Writes data with one write, and publishes it. Returns where the frames start. Everything that allocates memory comes before the records
   * are published; after that only fields are set. An error before that leaves nothing of the batch.
   */
  long[] writeAndPublish(byte[][] data, byte[] kinds, long bytes) {
    if (closed) throw UseFailures.closed(path);
    long start = blocks.end();
    checkFits(start, bytes);
    cutLeftOver();
    durability.beginWriting();
    FrameWriter.NewFrames newFrames;
    Durability.Progress progress;
    Watermark.Reached reached;
    hasLeftOver = true;
    try {
      newFrames = writeFrames(data, kinds, start, bytes);
      long last = newFrames.starts()[data.length - 1];
      progress = durability.withOneMore(start + bytes, last, data.length, newFrames.mayLookTorn());
      reached = new Watermark.Reached(last, start + bytes);
    } catch (Throwable t) {
      cutBack(t);
      throw t;
    }
    addLandmarks(newFrames.starts());
    publish(progress, reached, newFrames.starts());
    return newFrames.starts();
  }

  /** Writes the frames to the file. They can't be read before they are published. */
  FrameWriter.NewFrames writeFrames(byte[][] data, byte[] kinds, long start, long bytes) {
    return frames.write(data, start, bytes);
  }

  /** Throws if the log would then end at a position that its format can't write. */
  void checkFits(long start, long bytes) {
    if (bytes <= framing.maxEnd() - start) return;
    throw RecordFailures.logTooLarge(path, start + bytes, framing.maxEnd(), framing.describe());
  }

  /** Cuts off what a failed write has left, if it has left anything. */
  void cutLeftOver() {
    LogException full = hasLeftOver ? cutBack(null) : null;
    if (full != null) throw full;
  }

  /** Says whether the file may have bytes of a failed write behind its end. */
  void setHasLeftOver(boolean has) {
    hasLeftOver = has;
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
      published(starts, reached.end());
      watermark.set(reached);
      hasLeftOver = false;
    } catch (Throwable t) {
      durability.fail(t);
      throw t;
    }
  }

  /** Is called when the frames, the last of which ends at the position, can be read. A plain log needs nothing more. */
  void published(long[] starts, long end) {}

  /**
   * Cuts the file back to its last good end after a failed write. If memory runs out, or the disk is too full for the cut, the next write
   * does it. Returns the error of a full disk; null otherwise, also where the log has failed: then {@link Durability#beginWriting} throws.
   */
  LogException cutBack(Throwable cause) {
    LogException full = durability.cutBack(blocks, cause);
    hasLeftOver = full != null;
    return full;
  }
}
