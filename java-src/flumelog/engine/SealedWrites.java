package flumelog.engine;

import flumelog.frame.Frame;
import flumelog.protect.HeadRecord;
import flumelog.protect.Kind;
import flumelog.protect.Notes;
import flumelog.protect.Protected;
import java.util.List;

/** What the writer of a protected log writes besides the records: kinds, heads and notes. For the thread that has the turn. */
final class SealedWrites {
  private final Protected by;
  private long lastFrame;

  /** @param lastFrame the start of the last frame of the log */
  SealedWrites(Protected by, long lastFrame) {
    this.by = by;
    this.lastFrame = lastFrame;
  }

  /** The kinds of the records of several batches. */
  static byte[] kindsOf(List<Batch> group) {
    byte[] kinds = new byte[group.stream().mapToInt(batch -> batch.data().length).sum()];
    int at = 0;
    for (Batch batch : group) {
      byte[] some = Kind.ofBatch(batch.data().length);
      System.arraycopy(some, 0, kinds, at, some.length);
      at += some.length;
    }
    return kinds;
  }

  /** Whether an append that begins at the position is the first one in a new part of the file. */
  boolean isHeadDue(long position) {
    return position >>> HeadRecord.COPY_SHIFT > lastFrame >>> HeadRecord.COPY_SHIFT;
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

  /** How many bytes of the file a payload takes. */
  long size(byte[] payload) {
    return by.size(payload.length);
  }

  /** The payload of a note of these records. */
  static byte[] note(List<Frame> records) {
    return Notes.payload(records.stream().mapToLong(Frame::start).toArray());
  }

  /** Takes note of a write that was published, whose last frame starts at the position. */
  void wrote(long start) {
    lastFrame = start;
  }
}
