package flumelog.log;

import flumelog.block.Blocks;
import flumelog.block.Bytes;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.error.RecordFailures;
import flumelog.file.LogFile;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.Mark;

/** Copies records of a file into a new one, with their data as it is. The envelopes of protected records are made anew. */
final class Copy {
  private final Blocks in;
  private final String path;
  private final String newPath;
  private final int maxBytes;
  private final Protected from;
  private final Protected to;
  private final RecordWriter out;
  private final Meter meter;
  private long deleted;
  /** Where the next record of a batch starts that is not complete yet; else -1. */
  private long goesOnAt = -1;

  /**
   * @param in the bytes of the log
   * @param path of the log
   * @param options how to read the log
   * @param phase what is told as {@link ProgressReport#phase}
   * @param newPath of the new file
   * @param framing of the new file
   * @param from the protection of the log; null if it has none
   * @param to the protection of the new file; null if it has none
   */
  Copy(Blocks in, String path, LogOptions options, String phase, String newPath, LogFile file, Framing framing, Protected from,
      Protected to) {
    this.in = in;
    this.path = path;
    this.maxBytes = options.maxRecordBytes();
    this.from = from;
    this.to = to;
    this.newPath = newPath;
    this.out = new RecordWriter(newPath, file, framing, to);
    this.meter = new Meter(options.progress(), phase);
  }

  /** Adds a record. Returns its new offset. The record is in the file after {@link #finish} at the latest. */
  long add(Frame frame) {
    return add(frame, true);
  }

  /** @param writesHeads whether a head is written before the record where one is due */
  long add(Frame frame, boolean writesHeads) {
    long length = frame.length() - (from == null ? 0 : from.overhead());
    if (length > maxBytes) throw RecordFailures.storedRecordTooLarge(path, frame.start(), length, maxBytes);
    byte[] data = from == null ? data(frame) : to == null ? unprotected(frame) : payload(frame);
    boolean goesOn = from != null && Kind.hasMore((int) in.uint(frame.data(), 1));
    if (frame.start() != goesOnAt) out.endBatch();
    long offset = writesHeads ? out.add(data, goesOn) : out.addRecord(data, goesOn);
    goesOnAt = goesOn ? frame.end() : -1;
    passed(frame.end());
    return offset;
  }

  private byte[] data(Frame frame) {
    return in.read(frame.data(), (int) frame.length());
  }

  private byte[] payload(Frame frame) {
    byte[] payload = from.envelope().payload(in, frame.data(), (int) frame.length(), frame.start());
    if (payload == null) throw unproved(frame);
    return payload;
  }

  private byte[] unprotected(Frame frame) {
    byte[] payload = payload(frame);
    if (!Bytes.areZero(payload)) return payload;
    throw RecordFailures.encode(newPath, "the record at offset " + frame.start() + " in " + path
        + " is empty or all zeros, which only a protected log can tell from a deleted one");
  }

  /** Whether the frame is a deleted record. */
  boolean isDeleted(Framing framing, Frame frame) {
    return framing.isDeleted(in, frame);
  }

  /** Whether the frame is one of a protected log's own. Throws if it only seems to be one. */
  boolean isOwn(Frame frame) {
    if (from == null || Kind.isRecord((int) in.uint(frame.data(), 1))) return false;
    if (from.kindOf(in, frame) == Kind.UNPROVED) throw unproved(frame);
    return true;
  }

  boolean isHead(Frame frame) {
    return in.uint(frame.data(), 1) == Kind.HEAD;
  }

  private LogException unproved(Frame frame) {
    return FormatFailures.unproved(path, frame.start(), ":checksum", "its checksum is wrong; salvage copies what is whole");
  }

  /** Notes that a deleted record is left out, up to the position. */
  void passDeleted(long position) {
    deleted++;
    passed(position);
  }

  /** How many deleted records were left out. */
  long deleted() {
    return deleted;
  }

  /** Whether no head is in the part of the new file that begins here. */
  boolean isHeadDue() {
    return out.isHeadDue();
  }

  /** Adds the head again, where the old file has one. */
  void addHead() {
    out.addHead();
  }

  /** Adds a deleted record. Returns its new offset. */
  long addZeros(Frame frame) {
    long offset = out.addZeros((int) frame.length());
    passed(frame.end());
    return offset;
  }

  void addNote(long[] offsets) {
    out.addNote(offsets);
  }

  /** Adds one deleted record of one byte: an empty file would not show its format. */
  void addDeleted() {
    out.addAsItIs(new byte[1]);
  }

  /** Reports that all bytes up to the position were read. */
  void passed(long position) {
    meter.at(position, in.end());
  }

  /** Writes the last batch. All added records are in the file afterwards. */
  void finish() {
    out.finish();
    meter.end(in.end());
  }

  /** How many frames were added. Those of a protected log's own do not count. */
  long frames() {
    return out.frames();
  }

  long end() {
    return out.end();
  }

  /** The head of the new log; null if it is not sealed. */
  LogHead head() {
    return out.head();
  }

  /** The mark of the new file, valid when the file is on disk. */
  Mark mark() {
    return out.mark();
  }
}
