package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.ClockCache;
import flumelog.error.RecordFailures;
import flumelog.file.LogFile;
import flumelog.frame.FrameWriter;
import flumelog.frame.Framing;
import flumelog.protect.Frontier;
import flumelog.protect.HeadRecord;
import flumelog.protect.Kind;
import flumelog.protect.LeafWriting;
import flumelog.protect.Notes;
import flumelog.protect.Protected;
import flumelog.protect.Tree;
import flumelog.protect.TreeHead;
import flumelog.recovery.Mark;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes records into a new file, one behind the other, with one write for many. The file of a protected log begins with its head.
 */
final class RecordWriter {
  private static final int BYTES_AT_ONCE = 1 << 20;
  private static final int BLOCK_BYTES = 1 << 12;

  private final String path;
  private final Framing framing;
  private final Blocks out;
  private final FrameWriter writer;
  /** The protection of the new log; null if it has none. */
  private final Protected by;
  /** Null if the new log is not sealed. */
  private final LeafWriting leaves;
  private final Frontier frontier = new Frontier(new Tree());
  /** The leaves of deleted records, for the notes of them. */
  private final Map<Long, byte[]> leavesOfZeros = new HashMap<>();
  private TreeHead seal;
  private final List<byte[]> batch = new ArrayList<>();
  /** The bytes of the frames in the batch. */
  private byte[] kinds = new byte[64];
  private long batchBytes;
  private long frames;
  /** How many of the frames are the log's own. */
  private long own;
  private long last = -1;
  /** Where the last head or the last batch of records begins. */
  private long lastAppend = -1;
  private long end;

  /**
   * @param path of the new file
   * @param framing of the new file
   * @param by the protection of the new log; null if it has none
   */
  RecordWriter(String path, LogFile file, Framing framing, Protected by) {
    this.path = path;
    this.by = by;
    this.framing = framing;
    this.out = new Blocks(path, file, BLOCK_BYTES, new ClockCache(0), 0);
    this.leaves = by == null || !by.isSealed() ? null : new LeafWriting(by.envelope());
    this.writer = new FrameWriter(framing, out, by == null ? null : leaves == null ? by.envelope() : leaves);
    if (by != null) addHead();
  }

  /** Adds a record. Returns its offset. The record is in the file after {@link #finish} at the latest. */
  long add(byte[] data, boolean goesOn) {
    if (by != null && isHeadDue() && !isInBatch()) addHead();
    return addRecord(data, goesOn);
  }

  /** As {@link #add}, but writes no head before it: the caller adds heads where the old file has them. */
  long addRecord(byte[] data, boolean goesOn) {
    if (by == null) return addAsItIs(data);
    if (!isInBatch()) lastAppend = end;
    return put(data, goesOn ? Kind.RECORD | Kind.MORE : Kind.RECORD, by.size(data.length));
  }

  /** Ends the batch of records that was to go on: the next frame is not of it. */
  void endBatch() {
    if (isInBatch()) kinds[batch.size() - 1] &= ~Kind.MORE;
  }

  /** Whether the last record said that its batch goes on. It is not written before the next frame is known. */
  private boolean isInBatch() {
    return !batch.isEmpty() && Kind.hasMore(kinds[batch.size() - 1] & 0xFF);
  }

  /** Whether a protected log needs its head again before the next record. */
  boolean isHeadDue() {
    return end >>> HeadRecord.COPY_SHIFT > lastAppend >>> HeadRecord.COPY_SHIFT;
  }

  /** Adds the head of a protected log. */
  void addHead() {
    own++;
    lastAppend = end;
    addAsItIs(by.headData(end));
  }

  /** Adds zeros in place of a deleted record. A note must tell of them. */
  long addZeros(int length) {
    byte[] zeros = new byte[length];
    if (leaves != null) leavesOfZeros.put(end, new Tree().leaf(end, zeros, 0, length));
    return addAsItIs(zeros);
  }

  /** Adds a note that these records are deleted; -1 stands for one that is not in this log. */
  void addNote(long[] offsets) {
    byte[][] noted = leaves == null ? null : new byte[offsets.length][];
    for (int i = 0; noted != null && i < noted.length; i++) noted[i] = leavesOfZeros.getOrDefault(offsets[i], new byte[Tree.HASH_BYTES]);
    addOwn(Notes.payload(offsets, noted), Kind.NOTE);
  }

  private void addOwn(byte[] payload, int kind) {
    own++;
    put(payload, kind, by.sizeOfOwn(payload));
  }

  /** Adds a frame with this data. */
  long addAsItIs(byte[] data) {
    return put(data, 0, framing.size(data.length));
  }

  private long put(byte[] data, int kind, long bytes) {
    if (bytes > framing.maxEnd() - end) {
      throw RecordFailures.logTooLarge(path, end + bytes, framing.maxEnd(), framing.describe());
    }
    if (!Kind.isRecord(kind)) endBatch();
    if (batchBytes >= BYTES_AT_ONCE) writeBatch();
    if (batch.size() == kinds.length) kinds = Arrays.copyOf(kinds, 2 * kinds.length);
    kinds[batch.size()] = (byte) kind;
    batch.add(data);
    last = end;
    end += bytes;
    batchBytes += bytes;
    frames++;
    return last;
  }

  /** Writes the last batch, and the seal of a sealed log. All added records are in the file afterwards. */
  void finish() {
    endBatch();
    if (!batch.isEmpty()) writeBatch();
    if (leaves != null && frames > 1) addSeal();
  }

  private void addSeal() {
    seal = by.signed(new TreeHead(frontier.size(), end, frontier.root(), System.currentTimeMillis(), null));
    addOwn(seal.bytes(), Kind.SEAL);
    writeBatch();
  }

  /** The head of a new log that is sealed; null for any other. */
  LogHead head() {
    return seal == null ? null : LogHead.of(seal, by.head().id());
  }

  private void writeBatch() {
    writer.writeProtected(batch.toArray(new byte[0][]), Arrays.copyOf(kinds, batch.size()), end - batchBytes, batchBytes);
    if (leaves != null) for (byte[] leaf : leaves.leaves()) frontier.add(leaf);
    out.publish();
    batch.clear();
    batchBytes = 0;
  }

  /** How many frames were added. Those of the log's own do not count. */
  long frames() {
    return frames - own;
  }

  long end() {
    return end;
  }

  /** The mark of the new file, valid when the file is on disk. */
  Mark mark() {
    return new Mark(framing, end, last, frames, false, false, false, 0, true);
  }
}
