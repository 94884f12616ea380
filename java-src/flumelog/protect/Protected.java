package flumelog.protect;

import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.frame.FlumeFraming;
import flumelog.frame.Frame;
import flumelog.frame.Framing;
import java.nio.ByteBuffer;

/**
 * The protection that a log has, as its head record tells it.
 *
 * @param head the head record
 * @param framing of the log
 * @param envelope of each frame
 */
public record Protected(HeadRecord head, Framing framing, Envelope envelope) {
  private static final int[] WIDTHS = {53, 48, 32};

  /** The protection of a new log that is only checked. */
  public static Protected checked(Framing framing, long idHigh, long idLow) {
    return of(HeadRecord.checked(idHigh, idLow), framing);
  }

  /** The protection that a head tells of; its envelope is null if this version does not know that protection. */
  public static Protected of(HeadRecord head, Framing framing) {
    return new Protected(head, framing, head.flags() == 0 ? head.envelope() : null);
  }

  /** The protection of the file that begins with a whole head record; null if the file does not. */
  public static Protected atStartOf(Bytes bytes) {
    for (int bits : WIDTHS) {
      Framing framing = new FlumeFraming(bits);
      Frame frame = framing.at(bytes, 0, bytes.end());
      HeadRecord head = frame == null ? null : HeadRecord.read(bytes, frame.data(), frame.length(), 0);
      if (head != null) return of(head, framing);
    }
    return null;
  }

  /** The same protection with another id, for a new file. */
  public Protected withId(long idHigh, long idLow) {
    return of(new HeadRecord(head.flags(), idHigh, idLow, head.rest()), framing);
  }

  /** What {@code info} shows. */
  public String protectionName() {
    return "checked";
  }

  /** How many bytes longer the data of a frame is than its payload. */
  public int overhead() {
    return envelope.overhead();
  }

  /** The data of a frame with the head that starts at the position. */
  public byte[] headData(long position) {
    ByteBuffer data = ByteBuffer.allocate(HeadRecord.BYTES);
    head.envelope().seal(data, head.payload(), position, Kind.HEAD);
    return data.array();
  }

  /** How many bytes of the file a payload takes. */
  public long size(long payloadBytes) {
    return framing.size(payloadBytes + overhead());
  }

  /** The kind of a whole frame that is proved; else {@link Kind#DELETED} or {@link Kind#UNPROVED}. Reads all of its data. */
  public int kindOf(Bytes bytes, Frame frame) {
    int kind = frame.length() == 0 ? Kind.UNPROVED : (int) bytes.uint(frame.data(), 1);
    if (kind == 0) return bytes.isZero(frame.data(), frame.length()) ? Kind.DELETED : Kind.UNPROVED;
    return kind >= Kind.RECORD && opened(bytes, frame) != null ? kind : Kind.UNPROVED;
  }

  /** The payload of a frame, between position and limit; null if it is not proved. */
  public ByteBuffer opened(Bytes bytes, Frame frame) {
    if (frame.length() > Integer.MAX_VALUE - Long.BYTES) return null;
    int length = (int) frame.length();
    ByteBuffer data = bytes instanceof Window window ? window.view(frame.data(), length) : null;
    if (data == null) data = ByteBuffer.wrap(bytes.read(frame.data(), length));
    return envelopeOf(data.get(data.position()) & 0xFF).open(data, data.position(), length, frame.start());
  }

  /** The envelope of a frame of that kind: the head has its own, so that it can be read before anything else is known. */
  public Envelope envelopeOf(int kind) {
    return (kind & ~Kind.MORE) == Kind.HEAD ? head.envelope() : envelope;
  }
}
