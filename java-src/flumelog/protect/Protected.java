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
 * The protection of a log, as its head record describes it.
 *
 * @param head the head record
 * @param framing of the log
 * @param envelope of each frame
 * @param signer signs new seals; null if they are not signed
 */
public record Protected(HeadRecord head, Framing framing, Envelope envelope, Signer signer) {
  private static final int[] WIDTHS = {53, 48, 32};

  /**
   * The protection of a new log.
   *
   * @param key of an encrypted log; null for another
   * @param seal how it is to be sealed
   */
  public static Protected ofNew(Framing framing, long idHigh, long idLow, String path, GivenKey key, GivenSeal seal) {
    byte[] publicKey = seal.signer() == null ? null : seal.signer().publicKey();
    if (key == null) {
      return withoutKey(HeadRecord.of(seal.isSealed() ? HeadRecord.SEALED : 0, idHigh, idLow, publicKey), framing, seal.signer());
    }
    LogKeys keys = key.newKeys(path, HeadRecord.idOf(idHigh, idLow), key.newKdf());
    HeadRecord head = HeadRecord.encrypted(seal.isSealed() ? HeadRecord.SEALED : 0, idHigh, idLow, keys.kdf(), publicKey, keys);
    return withKey(head, framing, new EncryptedEnvelope(keys, key.numberOfNewLog()), seal.signer());
  }

  private static Protected withoutKey(HeadRecord head, Framing framing, Signer signer) {
    return new Protected(head, framing, head.isSealed() ? new SealedEnvelope(head.envelope()) : head.envelope(), signer);
  }

  private static Protected withKey(HeadRecord head, Framing framing, EncryptedEnvelope envelope, Signer signer) {
    return new Protected(head, framing, head.isSealed() ? new SealedEnvelope(envelope) : envelope, signer);
  }

  /**
   * The protection that a head describes. Its envelope is null if this version does not know that protection, or if the key is missing.
   *
   * @param key null if none was given
   * @param seal the keys that were given for signatures
   * @throws flumelog.error.LogException {@code WRONG_KEY} if the key is not that of the log
   */
  public static Protected of(HeadRecord head, Framing framing, String path, GivenKey key, GivenSeal seal) {
    if (!head.isKnown() || head.isEncrypted() && key == null) return new Protected(head, framing, null, seal.signer());
    if (!head.isEncrypted()) return withoutKey(head, framing, seal.signer());
    return withKey(head, framing, key.open(path, head), seal.signer());
  }

  /** The protection that proves only a head. */
  public static Protected ofHead(HeadRecord head, Framing framing) {
    return new Protected(head, framing, head.envelope(), null);
  }

  /** The protection of the file that begins with a whole head record; null if the file does not. */
  public static Protected atStartOf(Bytes bytes, String path, GivenKey key, GivenSeal seal) {
    for (int bits : WIDTHS) {
      Framing framing = new FlumeFraming(bits);
      Frame frame = framing.at(bytes, 0, bytes.end());
      HeadRecord head = frame == null ? null : HeadRecord.read(bytes, frame.data(), frame.length(), 0);
      if (head != null) return of(head, framing, path, key, seal);
    }
    return null;
  }

  /** The same protection with another id, for a new file. */
  public Protected withId(long idHigh, long idLow) {
    return with(framing, idHigh, idLow);
  }

  /** The same protection with another id, for a new file of a framing. */
  public Protected with(Framing framing, long idHigh, long idLow) {
    EncryptedEnvelope encrypted = encrypted();
    int sealed = head.flags() & HeadRecord.SEALED;
    byte[] publicKey = signer == null ? null : signer.publicKey();   // a file that is saved without the private key has no signatures
    if (encrypted == null) return withoutKey(HeadRecord.of(sealed, idHigh, idLow, publicKey), framing, signer);
    LogKeys keys = encrypted.keys().withId(HeadRecord.idOf(idHigh, idLow));
    HeadRecord newHead = HeadRecord.encrypted(sealed, idHigh, idLow, keys.kdf(), publicKey, keys);
    return withKey(newHead, framing, new EncryptedEnvelope(keys, encrypted.number()), signer);
  }

  /** The same protection without the key: no record can be opened. */
  public Protected locked() {
    return new Protected(head, framing, new LockedEnvelope(), signer);
  }

  /** Whether no record can be opened, since the key is missing. */
  public boolean isLocked() {
    return envelope instanceof LockedEnvelope;
  }

  /** Null if the log is not encrypted. */
  private EncryptedEnvelope encrypted() {
    Envelope inner = envelope instanceof SealedEnvelope sealed ? sealed.inner() : envelope;
    return inner instanceof EncryptedEnvelope encrypted ? encrypted : null;
  }

  /** The name of the protection for {@code info}. */
  public String protectionName() {
    return isEncrypted() ? "encrypted" : isSealed() ? "sealed" : "checked";
  }

  public boolean isEncrypted() {
    return head.isEncrypted();
  }

  public boolean isSealed() {
    return head.isSealed();
  }

  /** Whether this version knows the protection, but the key was not given. */
  public boolean lacksKey() {
    return envelope == null && head.isKnown();
  }

  /** The number of the key for new records; -1 if the log is not encrypted. */
  public int keyNumber() {
    return encrypted() == null ? -1 : encrypted().number();
  }

  /** The error of a protection whose envelope is null. */
  public LogException unusable(String path) {
    return lacksKey() ? KeyFailures.missingKey(path) : FormatFailures.unknownProtection(path);
  }

  /**
   * Chooses the number of the key for new records: the one that was given, or that of the newest frame.
   *
   * @param end where the frames end
   */
  public void chooseKeyNumber(Bytes bytes, long end, String path, GivenKey key) {
    if (encrypted() != null) encrypted().useNumber(key.numberAfter(path, newestNumber(bytes, end)));
  }

  /** The number of the key in the newest frame. The frame must be proved, so that damage does not choose a key. Heads and deleted records have no number. */
  private int newestNumber(Bytes bytes, long end) {
    Frame frame;
    for (long at = end; at > 0 && (frame = framing.before(bytes, at)) != null; at = frame.start()) {
      int kind = frame.length() < RecordCipher.OVERHEAD ? 0 : (int) bytes.uint(frame.data(), 1);
      boolean hasNumber = kind >= Kind.RECORD && (kind & ~Kind.MORE) != Kind.HEAD;
      if (hasNumber && opened(bytes, frame) != null) return (int) bytes.uint(frame.data() + 1, 1);
    }
    return LogKeys.FIRST_NUMBER;
  }

  /** Overwrites the keys, if there are some. */
  public void close() {
    if (encrypted() != null) encrypted().keys().close();
  }

  /** How many bytes longer the data of a frame is than its payload. */
  public int overhead() {
    return envelope.overhead();
  }

  /** The data of a frame with the head that starts at the position. */
  public byte[] headData(long position) {
    ByteBuffer data = ByteBuffer.allocate(HeadRecord.BYTES);
    head.envelope().enclose(data, head.payload(), position, Kind.HEAD);
    return data.array();
  }

  /** How many bytes of the file the payload of a record takes. */
  public long size(long payloadBytes) {
    return framing.size(payloadBytes + overhead());
  }

  /** How many bytes of the file the payload of a frame of the log's own takes. */
  public long sizeOfOwn(byte[] payload) {
    return framing.size(payload.length + envelope.overhead(Kind.NOTE));
  }

  /** The offsets in a note. The caller has proved the note. */
  public long[] noted(Bytes bytes, Frame note) {
    return Notes.offsets(opened(bytes, note), isSealed());
  }

  /** Whether a frame that is not proved may be a damaged note: it has the length of one, and at most one bit of its kind differs. */
  public boolean isLikeNote(Bytes bytes, long start) {
    long payload = framing.lengthAt(bytes, start) - envelope.overhead(Kind.NOTE);
    if (payload <= 0 || !Notes.isLength(payload, isSealed())) return false;
    return Long.bitCount(bytes.uint(Framing.dataStart(start), 1) ^ Kind.NOTE) <= 1;
  }

  /** The leaves of the records of a note, in the same order. */
  public byte[][] notedLeaves(Bytes bytes, Frame note) {
    return Notes.leaves(opened(bytes, note));
  }

  /** The head in a seal; null if the bytes are none. The caller has proved the seal. */
  public TreeHead sealed(Bytes bytes, Frame seal) {
    ByteBuffer body = opened(bytes, seal);
    byte[] copy = new byte[body.remaining()];
    body.get(copy);
    return TreeHead.of(copy);
  }

  /** The state of the tree, signed if there is a signer. */
  public TreeHead signed(TreeHead state) {
    return signer == null ? state : state.signed(signer, head.id());
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

  /** The envelope of frames of the kind. Heads have another one, which can be opened before anything else is known. */
  public Envelope envelopeOf(int kind) {
    return (kind & ~Kind.MORE) == Kind.HEAD ? head.envelope() : envelope;
  }
}
