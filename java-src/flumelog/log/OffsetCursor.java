package flumelog.log;

import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.engine.Watermark;
import flumelog.error.FormatFailures;
import flumelog.error.IdentityFailures;
import flumelog.error.LogException;
import flumelog.file.Patience;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** A cursor over the frames of a file. It reads ahead in the direction of its steps. A step makes no garbage. */
public final class OffsetCursor implements Cursor {
  private final OffsetLog log;
  private final Framing framing;
  private final Window window;
  /** Null if the log is not protected. */
  private final ProvedSteps proved;
  /** The last record that the cursor sees. */
  private final Watermark.Reached last;
  /** The end of that record. */
  private final long logEnd;
  /** The place of the cursor: always the start of a frame, or the end of the log. */
  private long place;
  /** The start of the current record's frame; -1 if there is no current record. */
  private long recordStart = -1;
  /** The end of that frame, if there is a current record. */
  private long recordEnd = -1;
  private long deletedPassed;
  private long ownBytesPassed;

  /** @param last the last record that the cursor sees */
  OffsetCursor(OffsetLog log, Framing framing, Watermark.Reached last, Window window, ProvedSteps proved) {
    this.log = log;
    this.proved = proved;
    this.framing = framing;
    this.window = window;
    this.last = last;
    this.logEnd = last.end();
  }

  @Override
  public boolean next() {
    log.checkOpen();
    long to = endInMemory();
    return to < 0 || proved != null && !isRecordInMemory(place) ? find(true, 0) : stepUpTo(to);
  }

  /** Finds a record. In a log opened for reading the end may go back below this cursor's end; reading above it throws. */
  private boolean find(boolean upwards, long lowest) {
    try {
      return upwards ? findNext() : findBefore(lowest);
    } catch (IndexOutOfBoundsException e) {
      if (log.watermark().end() >= logEnd) throw e;
      throw IdentityFailures.cutBack(log.path(), log.watermark().end());
    }
  }

  private boolean findNext() {
    while (place < logEnd) {
      long to = endOfFrameFrom(place);
      if (to < 0) to = endOfFrameSeenLater(place);
      if (to < 0) throw damaged(place, "its lengths or its trailer don't agree");
      if (isPresent(place, to)) return stepUpTo(to);
      if (proved != null && proved.isOwn(place)) ownBytesPassed += to - place;
      else deletedPassed++;
      place = to;
    }
    return stepOut();
  }

  @Override
  public boolean prev() {
    log.checkOpen();
    long from = startInMemory();
    return from < 0 || proved != null && !isRecordInMemory(from) ? find(false, 0) : stepDownTo(from);
  }

  @Override
  public boolean prevDownTo(long lowest) {
    log.checkOpen();
    return find(false, Math.max(0, lowest));
  }

  private boolean findBefore(long lowest) {
    while (place > lowest) {
      long from = startOfFrameTo(place);
      if (from < 0) from = startOfFrameSeenLater(place);
      if (from < 0) throw damaged(place, "the frame that ends there is not whole");
      if (isPresent(from, place)) return stepDownTo(from);
      place = from;
    }
    return stepOut();
  }

  @Override
  public OffsetCursor seek(long position) {
    log.checkOpen();
    place = window.walkFrom(placeOf(position));
    recordStart = -1;
    return this;
  }

  @Override
  public OffsetCursor seekEnd(long bound) {
    if (bound <= 0 || bound > logEnd) return seek(bound);
    log.checkOpen();
    long to = log.starts().first(bound, logEnd);    // each frame starts where another one ends
    place = window.walkFrom(log.starts().before(to, logEnd));
    if (place < 0) throw damaged(to, "the frame that ends there is not whole");
    recordStart = -1;
    return this;
  }

  /** The place at a position. Between the two ends the start of a record must be searched, which may take reads. */
  private long placeOf(long position) {
    if (position <= 0) return 0;
    return position > last.offset() ? logEnd : log.starts().first(window, position, logEnd);
  }

  @Override
  public long offset() {
    return recordStart;
  }

  @Override
  public long end() {
    return recordStart < 0 ? -1 : recordEnd;
  }

  /** {@return the position of the cursor in the file: after a step upwards the end of the current record's frame} */
  public long position() {
    return place;
  }

  /** {@return how many bytes of data the current record has, without reading them; -1 if there is none} */
  public long length() {
    return recordStart < 0 ? -1 : framing.length(recordStart, recordEnd) - (proved == null ? 0 : proved.overhead());
  }

  /** Whether the record that starts where the current one ends is of the same batch of a protected log, unless it was deleted. */
  boolean goesOn() {
    return proved != null && recordStart >= 0 && proved.hasMore(recordStart);
  }

  /** {@return how many deleted records the steps upwards have passed} */
  public long deletedPassed() {
    return deletedPassed;
  }

  /** {@return how many bytes of a protected log's own frames, heads and notes, the steps upwards have passed} */
  public long ownBytesPassed() {
    return ownBytesPassed;
  }

  @Override
  public byte @Nullable [] data() {
    int length = checkedLength();
    if (proved != null) return proved.data(recordStart, length);
    byte[] data = window.read(Framing.dataStart(recordStart), length);
    return Bytes.areZero(data) ? null : data;
  }

  @Override
  public @Nullable ByteBuffer view() {
    int length = checkedLength();
    if (proved != null) return proved.view(recordStart, length);
    // If the window still holds the record, it was not deleted after the step that found it present.
    ByteBuffer view = window.view(Framing.dataStart(recordStart), length);
    return view == null ? Cursor.super.view() : view;
  }

  @Override
  public void release() {
    window.release();
  }

  /** The end of the next record, from the window alone, which nearly always suffices; -1 if more must be read. */
  private long endInMemory() {
    ByteBuffer bytes = window.inMemory();
    return bytes == null ? -1 : framing.quickEndOf(bytes, window.from(), place, Math.min(logEnd, window.holdsUpTo(place)));
  }

  /** Whether the frame is a record of the user, by its first byte, which the quick steps have found in memory. */
  private boolean isRecordInMemory(long start) {
    return Kind.isRecord(window.inMemory().get((int) (Framing.dataStart(start) - window.from())) & 0xFF);
  }

  private long startInMemory() {
    ByteBuffer bytes = window.inMemory();
    return bytes == null ? -1 : framing.quickStartOf(bytes, window.from(), place, window.holdsDownTo(place));
  }

  /** The end of the frame that starts there. Looks in the window first, then reads. */
  private long endOfFrameFrom(long from) {
    long known = framing.endOf(window, from, Math.min(logEnd, window.holdsUpTo(from)));
    if (known >= 0) return known;
    long left = logEnd - from;
    window.coverUpwards(from, Math.min(left, framing.overhead()));
    if (left > framing.overhead()) window.coverUpwards(from, Math.min(left, framing.sizeAt(window, from)));
    return framing.endOf(window, from, logEnd);
  }

  private long startOfFrameTo(long to) {
    long known = framing.startOf(window, to, window.holdsDownTo(to));
    if (known >= 0) return known;
    window.coverDownwards(to, Math.min(to, framing.overhead()));
    if (to > framing.overhead()) window.coverDownwards(to, Math.min(to, framing.sizeBefore(window, to)));
    return framing.startOf(window, to, 0);
  }

  /** Reads again for a while: with some FUSE file systems, bytes that others write are zeros for a moment. */
  private long endOfFrameSeenLater(long from) {
    long to = -1;
    for (Patience patience = log.patience(); to < 0 && patience.again(); to = endOfFrameFrom(from)) window.forget();
    return to;
  }

  private long startOfFrameSeenLater(long to) {
    long from = -1;
    for (Patience patience = log.patience(); from < 0 && patience.again(); from = startOfFrameTo(to)) window.forget();
    return from;
  }

  private boolean isPresent(long from, long to) {
    return proved == null ? !window.isZero(Framing.dataStart(from), framing.length(from, to)) : proved.isPresent(framing.frame(from, to));
  }

  private boolean stepUpTo(long to) {
    recordStart = place;
    recordEnd = to;
    place = to;
    return true;
  }

  private boolean stepDownTo(long from) {
    recordStart = from;
    recordEnd = place;
    place = from;
    return true;
  }

  private boolean stepOut() {
    recordStart = -1;
    window.release();
    return false;
  }

  private int checkedLength() {
    log.checkOpen();
    if (recordStart < 0) throw new IllegalStateException("the cursor has no current record; call next or prev first");
    return log.lookup().checkLength(recordStart, framing.length(recordStart, recordEnd));
  }

  private LogException damaged(long offset, String what) {
    recordStart = -1;
    return FormatFailures.corrupt(log.path(), offset, what);
  }

  @Override
  public String toString() {
    return Description.of("Cursor", log.path(), ":offset " + offset());
  }
}
