package flumelog.protect;

import flumelog.block.Bytes;
import flumelog.block.Window;
import flumelog.error.FormatFailures;
import flumelog.error.KeyFailures;
import flumelog.error.LogException;
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
    HeadRecord head = HeadRecord.checked(idHigh, idLow);
    return new Protected(head, framing, head.envelope());
  }

  /** The protection of a new log that is encrypted. */
  public static Protected encrypted(Framing framing, long idHigh, long idLow, String path, GivenKey key) {
    LogKeys keys = key.newKeys(path, HeadRecord.idOf(idHigh, idLow), key.newKdf());
    HeadRecord head = HeadRecord.encrypted(idHigh, idLow, keys.kdf(), keys);
    return new Protected(head, framing, new EncryptedEnvelope(keys, key.numberOfNewLog()));
  }

  /**
   * The protection that a head tells of; its envelope is null if this version does not know that protection, or if the key is missing.
   *
   * @param key null if none was given
   * @throws flumelog.error.LogException {@code WRONG_KEY} if the key is not that of the log
   */
  public static Protected of(HeadRecord head, Framing framing, String path, GivenKey key) {
    if (head.flags() == 0) return new Protected(head, framing, head.envelope());
    return new Protected(head, framing, head.isEncrypted() && key != null ? key.open(path, head) : null);
  }

  /** The protection of the file that begins with a whole head record; null if the file does not. */
  public static Protected atStartOf(Bytes bytes, String path, GivenKey key) {
    for (int bits : WIDTHS) {
      Framing framing = new FlumeFraming(bits);
      Frame frame = framing.at(bytes, 0, bytes.end());
      HeadRecord head = frame == null ? null : HeadRecord.read(bytes, frame.data(), frame.length(), 0);
      if (head != null) return of(head, framing, path, key);
    }
    return null;
  }

  /** The same protection with another id, for a new file. */
  public Protected withId(long idHigh, long idLow) {
    return with(framing, idHigh, idLow);
  }

  /** The same protection with another id, for a new file of a framing. */
  public Protected with(Framing framing, long idHigh, long idLow) {
    if (!(envelope instanceof EncryptedEnvelope encrypted)) return checked(framing, idHigh, idLow);
    LogKeys keys = encrypted.keys().withId(HeadRecord.idOf(idHigh, idLow));
    HeadRecord newHead = HeadRecord.encrypted(idHigh, idLow, keys.kdf(), keys);
    return new Protected(newHead, framing, new EncryptedEnvelope(keys, encrypted.number()));
  }

  /** What {@code info} shows. */
  public String protectionName() {
    return isEncrypted() ? "encrypted" : "checked";
  }

  public boolean isEncrypted() {
    return head.flags() == HeadRecord.ENCRYPTED;
  }

  /** The number of the key for new records; -1 if the log is not encrypted. */
  public int keyNumber() {
    return envelope instanceof EncryptedEnvelope encrypted ? encrypted.number() : -1;
  }

  /** The error of a protection whose envelope is null. */
  public LogException unusable(String path) {
    return head.isEncrypted() ? KeyFailures.missingKey(path) : FormatFailures.unknownProtection(path);
  }

  /**
   * Chooses the number of the key for new records: the one that was given, or that of the newest frame.
   *
   * @param end where the frames end
   */
  public void chooseKeyNumber(Bytes bytes, long end, String path, GivenKey key) {
    if (envelope instanceof EncryptedEnvelope encrypted) encrypted.useNumber(key.numberAfter(path, newestNumber(bytes, end)));
  }

  /** A head and a deleted record have no number. */
  private int newestNumber(Bytes bytes, long end) {
    for (long at = end; at > 0; ) {
      at = framing.startOf(bytes, at, 0);
      if (at < 0) break;
      int kind = framing.lengthAt(bytes, at) < RecordCipher.OVERHEAD ? 0 : (int) bytes.uint(Framing.dataStart(at), 1);
      if (kind >= Kind.RECORD && kind != Kind.HEAD) return (int) bytes.uint(Framing.dataStart(at) + 1, 1);
    }
    return LogKeys.FIRST_NUMBER;
  }

  /** Overwrites the keys, if there are some. */
  public void close() {
    if (envelope instanceof EncryptedEnvelope encrypted) encrypted.keys().close();
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
