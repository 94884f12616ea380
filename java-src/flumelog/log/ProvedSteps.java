package flumelog.log;

import flumelog.block.Window;
import flumelog.engine.Lookup;
import flumelog.engine.Payloads;
import flumelog.error.FormatFailures;
import flumelog.error.LogException;
import flumelog.file.Patience;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import flumelog.protect.Kind;
import flumelog.protect.Protected;
import flumelog.recovery.LogFiles;
import java.nio.ByteBuffer;

/** The steps of an {@link OffsetCursor} in a protected log: it passes the log's own frames, and proves the records that it returns. */
final class ProvedSteps {
  private final OffsetLog log;
  private final LogFiles files;
  private final Protected by;
  private final Window window;

  ProvedSteps(OffsetLog log, LogFiles files, Protected by, Window window) {
    this.log = log;
    this.files = files;
    this.by = by;
    this.window = window;
  }

  int overhead() {
    return by.overhead();
  }

  /** Whether the first byte of the frame says that it is a record. Reading its data proves it. */
  boolean isRecord(long start) {
    return Kind.isRecord(kindAt(start));
  }

  /** Whether the first byte of the frame says that it is one of the log's own. */
  boolean isOwn(long start) {
    return kindAt(start) >= Kind.HEAD;
  }

  /** Whether the batch of the record goes on behind it. */
  boolean hasMore(long start) {
    return Kind.hasMore(kindAt(start));
  }

  private int kindAt(long start) {
    return (int) window.uint(Framing.dataStart(start), 1);
  }

  /** Whether the frame is a record that is present. A frame that is passed over must be proved to be one of the log's own, or all zeros. */
  boolean isPresent(Frame frame) {
    if (frame.length() > 0 && isRecord(frame.start())) return true;
    int kind = by.kindOf(window, frame);
    if (kind == Kind.UNPROVED && !isDeletedMeanwhile(frame)) {
      throw FormatFailures.unproved(files.path(), frame.start(), ":checksum", "its checksum is wrong");
    }
    return false;
  }

  private boolean isDeletedMeanwhile(Frame frame) {
    window.forget();
    return window.isZero(frame.data(), frame.length()) || files.isNoted(frame.start());
  }

  /** The payload of the record; null if it was deleted after the step. */
  byte[] data(long start, int length) {
    byte[] data = payload(start, length);
    return data == Lookup.DELETED ? null : data;
  }

  /** The payload in place, or in a new array. */
  ByteBuffer view(long start, int length) {
    ByteBuffer data = window.view(Framing.dataStart(start), length);
    ByteBuffer payload = data == null ? null : by.envelope().open(data, data.position(), length, start);
    if (payload != null) return payload.isReadOnly() ? payload : payload.asReadOnlyBuffer();
    byte[] copy = data(start, length);
    return copy == null ? null : ByteBuffer.wrap(copy).asReadOnlyBuffer();
  }

  private byte[] payload(long start, int length) {
    byte[] payload = by.envelope().payload(window, Framing.dataStart(start), length, start);
    return payload != null ? payload : payloadSeenLater(start, length);
  }

  /** Reads again for a while in a log that is opened for reading: another process may be overwriting the record. */
  private byte[] payloadSeenLater(long start, int length) {
    for (Patience patience = log.patience(); ; ) {
      try {
        return new Payloads(files, by).payload(start, () -> readAgain(start, length));
      } catch (LogException e) {
        if (e.kind() != LogException.Kind.CORRUPT || !patience.again()) throw e;
      }
    }
  }

  private byte[] readAgain(long start, int length) {
    window.forget();
    return window.read(Framing.dataStart(start), length);
  }
}
