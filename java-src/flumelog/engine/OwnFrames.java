package flumelog.engine;

import flumelog.block.Blocks;
import flumelog.error.FormatFailures;
import flumelog.frame.EnvelopeWriter;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.HeadRecord;
import flumelog.protect.Kind;
import flumelog.protect.LeafWriting;
import flumelog.protect.Notes;
import flumelog.protect.Protected;
import flumelog.protect.Tree;
import flumelog.recovery.LogTree;
import java.util.List;

/** The frames of a protected log that are no records: when a head is due, and what heads and notes contain. For the thread that has the turn. */
final class OwnFrames {
  private final Protected by;
  private final Blocks blocks;
  /** Null if the log is not sealed. */
  private final LogTree tree;
  private final LeafWriting leaves;
  /** Where the last append began; -1 until that is asked for. */
  private long lastAppend = -1;

  OwnFrames(Protected by, Blocks blocks, LogTree tree) {
    this.by = by;
    this.blocks = blocks;
    this.tree = tree;
    this.leaves = tree == null ? null : new LeafWriting(by.envelope());
  }

  /** Puts the payloads into envelopes. In a sealed log it keeps their hashes too. */
  EnvelopeWriter envelopes() {
    return leaves == null ? by.envelope() : leaves;
  }

  /** Adds the frames of the last write, which can be read now, to the tree of a sealed log. */
  void published(long[] starts, long end) {
    if (tree == null) return;
    byte[][] added = leaves.leaves();
    for (int i = 0; i < starts.length; i++) tree.add(added[i], i + 1 < starts.length ? starts[i + 1] : end);
  }

  /** Whether an append that begins at the position is the first one in a new part of the file. */
  boolean isHeadDue(long position) {
    long part = position >>> HeadRecord.COPY_SHIFT;
    if (part == 0) return false;
    if (lastAppend < 0) lastAppend = lastAppendBelow(position);
    return part > lastAppend >>> HeadRecord.COPY_SHIFT;
  }

  /** Where the last batch or head below the position begins. A batch that begins in an earlier part is not followed to its beginning. */
  private long lastAppendBelow(long position) {
    long part = position >>> HeadRecord.COPY_SHIFT;
    long start = by.framing().startOf(blocks, position, 0);
    while (start > 0 && start >>> HeadRecord.COPY_SHIFT == part) {
      long before = by.framing().startOf(blocks, start, 0);
      int kind = kindAt(start);
      boolean isBegun = before < 0 || kind != Kind.NOTE && kind != Kind.SEAL && !Kind.hasMore(kindAt(before));
      if (isBegun) break;
      start = before;
    }
    return Math.max(0, start);
  }

  private int kindAt(long start) {
    return (int) blocks.uint(Framing.dataStart(start), 1);
  }

  /** The payloads of a write at the position that begins with the head, whose data is complete. */
  byte[][] withHead(byte[][] payloads, long position) {
    byte[][] all = new byte[payloads.length + 1][];
    all[0] = by.headData(position);
    System.arraycopy(payloads, 0, all, 1, payloads.length);
    return all;
  }

  static byte[] withHead(byte[] kinds) {
    byte[] all = new byte[kinds.length + 1];
    System.arraycopy(kinds, 0, all, 1, kinds.length);
    return all;
  }

  /** How many bytes of the file a head takes. */
  long headBytes() {
    return by.framing().size(HeadRecord.BYTES);
  }

  /** How many bytes of the file the payload of a note or of a seal takes. */
  long sizeOf(byte[] payload) {
    return by.sizeOfOwn(payload);
  }

  /** The payload of a note of these records. */
  byte[] note(String path, List<Frame> records) {
    long[] offsets = records.stream().mapToLong(Frame::start).toArray();
    if (tree == null) return Notes.payload(offsets);
    byte[][] hashes = new byte[offsets.length][];
    for (int i = 0; i < hashes.length; i++) hashes[i] = leaf(path, records.get(i));
    return Notes.payload(offsets, hashes);
  }

  /** The leaf stays in the tree when the record is deleted, so it must be that of the record as it was appended. */
  private byte[] leaf(String path, Frame record) {
    if (by.kindOf(blocks, record) <= 0) {
      throw FormatFailures.unproved(path, record.start(), ":checksum", "its checksum is wrong, so it can't be deleted; salvage copies what is whole");
    }
    byte[] data = blocks.read(record.data(), (int) record.length());
    return new Tree().leaf(record.start(), data, 0, data.length);
  }

  /** Notes where the last append begins. */
  void setLastAppend(long start) {
    lastAppend = start;
  }
}
