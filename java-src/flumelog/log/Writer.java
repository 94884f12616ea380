package flumelog.log;

import flumelog.block.Blocks;
import flumelog.error.LogException;
import flumelog.frame.Deletions;
import flumelog.frame.Frame;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.frame.Mark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes batches to the file, in the order in which they were handed in. Whoever has its turn writes for all who wait:
 * their batches go out in one write. Each succeeds or fails by itself all the same.
 */
final class Writer {
  /** So many bytes of several batches are written at once. */
  private static final long MAX_GROUP_BYTES = 1 << 20;

  private final String path;
  private final Framing framing;
  private final Blocks blocks;
  private final Starts starts;
  private final Since since;
  private final Durability durability;
  private final FrameWriter frames;
  private final ReentrantLock turn = new ReentrantLock();
  private final ConcurrentLinkedQueue<Batch> pending = new ConcurrentLinkedQueue<>();
  private final AtomicLong pendingBytes = new AtomicLong();
  private volatile boolean closed;

  Writer(String path, Framing framing, Blocks blocks, Starts starts, Since since, Durability durability) {
    this.path = path;
    this.framing = framing;
    this.blocks = blocks;
    this.starts = starts;
    this.since = since;
    this.durability = durability;
    this.frames = new FrameWriter(framing, blocks);
  }

  /** Writes a batch; returns when it was written or has failed. Where nobody else writes, it is handed in to nobody. */
  void write(Batch batch) {
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
    turn.lock();
    try {
      while (!batch.isDone()) writeGroup(nextGroup());
    } finally {
      turn.unlock();
    }
  }

  /** Hands in a batch that is written by whoever has the next turn; returns how many bytes wait for that. */
  long handIn(Batch batch) {
    pending.add(batch);
    return pendingBytes.addAndGet(batch.bytes());
  }

  /** Writes all that was handed in before. */
  void writePending() {
    turn.lock();
    try {
      while (!pending.isEmpty()) writeGroup(nextGroup());
    } finally {
      turn.unlock();
    }
  }

  /** Overwrites the data of those of the records that are live with zeros; returns how many were. */
  int delete(Frame[] records) {
    turn.lock();
    try {
      if (closed) throw LogException.closed(path);
      List<Frame> live = new ArrayList<>();
      for (Frame record : records) {
        if (!framing.isDeleted(blocks, record)) live.add(record);
      }
      for (int from = 0; from < live.size(); from += Deletions.MOST_AT_ONCE) {
        zero(live.subList(from, Math.min(live.size(), from + Deletions.MOST_AT_ONCE)));
      }
      return live.size();
    } finally {
      turn.unlock();
    }
  }

  /**
   * Writes what was handed in and makes all durable; what is handed in later fails. The log is closed for readers from
   * the same moment on, so that nobody who is told that it is sees another record come.
   */
  void close() {
    turn.lock();
    try {
      while (!pending.isEmpty()) writeGroup(nextGroup());
      durability.close(starts::toKeep);
    } finally {
      closed = true;
      turn.unlock();
    }
  }

  /** Closes a log that is only read. */
  void closeUnused() {
    closed = true;
  }

  boolean isClosed() {
    return closed;
  }

  private void writeGroup(List<Batch> group) {
    if (group.size() == 1) writeAlone(group.get(0));
    else if (!group.isEmpty()) writeTogether(group);
  }

  /** Where that fails each is written by itself, so that it fails or succeeds alone. */
  private void writeTogether(List<Batch> group) {
    List<byte[]> data = new ArrayList<>();
    long bytes = 0;
    for (Batch batch : group) {
      data.addAll(Arrays.asList(batch.data()));
      bytes += batch.bytes();
    }
    long[] offsets;
    try {
      offsets = write(data.toArray(new byte[0][]), bytes);
    } catch (Throwable t) {
      group.forEach(this::writeAlone);
      return;
    }
    int from = 0;
    for (Batch batch : group) {
      int to = from + batch.data().length;
      batch.succeed(offsets, from, to);
      from = to;
    }
  }

  private void writeAlone(Batch batch) {
    try {
      batch.succeed(write(batch.data(), batch.bytes()));
    } catch (Throwable t) {
      batch.fail(t);
    }
  }

  private List<Batch> nextGroup() {
    List<Batch> group = new ArrayList<>();
    long bytes = 0;
    for (Batch batch = pending.peek(); batch != null; batch = pending.peek()) {
      if (bytes > 0 && bytes + batch.bytes() > MAX_GROUP_BYTES) break;
      bytes += batch.bytes();
      group.add(pending.poll());
    }
    pendingBytes.addAndGet(-bytes);
    return group;
  }

  private long[] write(byte[][] data, long bytes) {
    if (closed) throw LogException.closed(path);
    long start = blocks.end();
    if (bytes > framing.maxEnd() - start) {
      throw LogException.logTooLarge(path, start + bytes, framing.maxEnd(), framing.describe());
    }
    durability.beginWriting();
    FrameWriter.Written written;
    try {
      written = frames.write(data, start, bytes);
    } catch (Throwable t) {
      rewind(t);
      throw t;
    }
    // The file has them; they are records when since says so.
    blocks.publish();
    announce(written, start + bytes);
    return written.starts();
  }

  private void announce(FrameWriter.Written written, long end) {
    long[] offsets = written.starts();
    long last = offsets[offsets.length - 1];
    starts.addAll(offsets);
    durability.wrote(end, last, durability.mark().frames() + offsets.length, written.mayLookTorn());
    since.set(last, end);
  }

  /** After a failed write the file is cut back to its last good end; where that fails too, the log is failed. */
  private void rewind(Throwable cause) {
    try {
      blocks.rewind();
    } catch (LogException e) {
      e.addSuppressed(cause);
      durability.fail(e);
    }
  }

  private void zero(List<Frame> live) {
    long end = live.stream().mapToLong(Frame::end).max().orElseThrow();
    durability.beginDeleting(end, live.stream().mapToLong(Frame::start).toArray());
    try {
      for (Frame record : live) blocks.zero(record.data(), record.length());
    } catch (LogException e) {
      // Half of it may be zeros by now; the next open does it again.
      durability.fail(e);
      throw e;
    }
    Mark mark = durability.mark();
    durability.wrote(mark.end(), mark.last(), mark.frames(), false);
  }
}
