package flumelog.protect;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The first frame of a protected log: how the log is protected, and its id. It is written again before the first append that
 * begins in a new 16 MiB of the file.
 *
 * <pre>
 *   data := 0xFA "flumelog"(8) version=1(1) flags(1) id(16) kdf(20) check(16) signer(32) crc(4)      99 bytes
 *   flags   bit 0: sealed, bit 1: encrypted
 *   id      16 random bytes, others in each file
 *   kdf, check   zeros in a log that is not encrypted
 *   signer  the public key that proves the seals; zeros if they are not signed
 *   crc     as in {@link CheckedEnvelope}, in every log
 * </pre>
 *
 * @param flags the protection
 * @param idHigh the first half of the id
 * @param idLow the second half of the id
 * @param rest kdf, check and signer: 68 bytes
 */
public record HeadRecord(int flags, long idHigh, long idLow, byte[] rest) {
  /** Bytes of data. */
  public static final int BYTES = 99;
  /** Copies of the head are 2 to this power bytes apart, or further by one append. */
  public static final int COPY_SHIFT = 24;

  public static final int SEALED = 1;
  public static final int ENCRYPTED = 2;

  private static final byte[] MAGIC = "flumelog".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int SIGNER_BYTES = 32;
  private static final int REST_BYTES = Kdf.BYTES + LogKeys.CHECK_BYTES + SIGNER_BYTES;
  /** The first bytes of each frame with a head: its length, the kind, the magic bytes and the version. */
  private static final byte[] BEGINNING = ByteBuffer.allocate(4 + 1 + 8 + 1).putInt(BYTES).put((byte) Kind.HEAD).put(MAGIC).put((byte) VERSION).array();
  private static final int MOST_FRAME_BYTES = BYTES + 16;
  /** How many of the first bytes may be damaged, so that the head is still recognized. */
  private static final int MOST_DAMAGED = 3;

  /**
   * The head of a log that is not encrypted.
   *
   * @param flags 0, or {@link #SEALED}
   * @param signer the public key with which the seals are checked; null if they are not signed
   */
  static HeadRecord of(int flags, long idHigh, long idLow, byte[] signer) {
    return new HeadRecord(flags, idHigh, idLow, rest(Kdf.NONE, signer));
  }

  /** The head of an encrypted log. Its check is made with the key. */
  static HeadRecord encrypted(int flags, long idHigh, long idLow, Kdf kdf, byte[] signer, LogKeys keys) {
    byte[] rest = rest(kdf, signer);
    byte[] check = keys.check(new HeadRecord(flags | ENCRYPTED, idHigh, idLow, rest).checkedFields());
    System.arraycopy(check, 0, rest, Kdf.BYTES, LogKeys.CHECK_BYTES);
    return new HeadRecord(flags | ENCRYPTED, idHigh, idLow, rest);
  }

  private static byte[] rest(Kdf kdf, byte[] signer) {
    byte[] rest = Arrays.copyOf(kdf.bytes(), REST_BYTES);
    if (signer != null) System.arraycopy(signer, 0, rest, REST_BYTES - SIGNER_BYTES, SIGNER_BYTES);
    return rest;
  }

  /** The 16 bytes of the id. */
  public byte[] id() {
    return idOf(idHigh, idLow);
  }

  static byte[] idOf(long idHigh, long idLow) {
    return ByteBuffer.allocate(2 * Long.BYTES).putLong(idHigh).putLong(idLow).array();
  }

  /** How the key is made of a passphrase; null if this version does not know that. */
  Kdf kdf() {
    return Kdf.of(rest, 0);
  }

  /** Whether this version knows how the log is protected. */
  boolean isKnown() {
    return (flags & ~(SEALED | ENCRYPTED)) == 0 && kdf() != null;
  }

  boolean isEncrypted() {
    return (flags & ENCRYPTED) != 0;
  }

  boolean isSealed() {
    return (flags & SEALED) != 0;
  }

  /** The public key with which the seals are checked; null if they are not signed. */
  public byte[] signer() {
    byte[] signer = Arrays.copyOfRange(rest, REST_BYTES - SIGNER_BYTES, REST_BYTES);
    return Bytes.areZero(signer) ? null : signer;
  }

  byte[] check() {
    return Arrays.copyOfRange(rest, Kdf.BYTES, Kdf.BYTES + LogKeys.CHECK_BYTES);
  }

  /** What the check proves: all fields from the kind on but the check itself and the checksum. */
  byte[] checkedFields() {
    return ByteBuffer.allocate(1 + BYTES - CheckedEnvelope.OVERHEAD - LogKeys.CHECK_BYTES).put((byte) Kind.HEAD)
        .put(payload(), 0, BYTES - CheckedEnvelope.OVERHEAD - LogKeys.CHECK_BYTES - SIGNER_BYTES)
        .put(rest, Kdf.BYTES + LogKeys.CHECK_BYTES, SIGNER_BYTES).array();
  }

  /** The payload of the head's frame, which is enclosed by {@link #envelope} in every log. */
  public byte[] payload() {
    return ByteBuffer.allocate(BYTES - CheckedEnvelope.OVERHEAD).put(MAGIC).put((byte) VERSION).put((byte) flags)
        .putLong(idHigh).putLong(idLow).put(rest).array();
  }

  /** The envelope of the head itself. */
  public CheckedEnvelope envelope() {
    return new CheckedEnvelope(idHigh);
  }

  /** Whether a file begins with a head, be it damaged or cut off. Returns false if the file has less than half of its first bytes. */
  public static boolean isAtStartOf(Bytes bytes) {
    int known = (int) Math.min(BEGINNING.length, bytes.end());
    if (known <= BEGINNING.length / 2) return false;
    int differing = 0;
    for (int i = 0; i < known && differing <= MOST_DAMAGED; i++) {
      if ((byte) bytes.uint(i, 1) != BEGINNING[i]) differing++;
    }
    return differing <= MOST_DAMAGED;
  }

  /** Whether nothing but zeros lies behind the place of the head, so that the file has no record. */
  public static boolean isAlone(Bytes bytes) {
    return bytes.end() <= MOST_FRAME_BYTES || bytes.isZero(MOST_FRAME_BYTES, bytes.end() - MOST_FRAME_BYTES);
  }

  /** Whether a file without records may be what a power loss has left of a head: each known byte is right or zero. */
  public static boolean mayHaveLostItsHead(Bytes bytes) {
    for (int i = 0; i < Math.min(BEGINNING.length, bytes.end()); i++) {
      long found = bytes.uint(i, 1);
      if (found != 0 && (byte) found != BEGINNING[i]) return false;
    }
    return isAlone(bytes);
  }

  /**
   * The head in the data of a frame.
   *
   * @param data position of its first byte
   * @param start where the frame starts
   * @return null if there is no whole head of a version that this code knows
   */
  public static HeadRecord read(Bytes bytes, long data, long length, long start) {
    if (length != BYTES || bytes.uint(data, 1) != Kind.HEAD) return null;
    ByteBuffer in = ByteBuffer.wrap(bytes.read(data, BYTES));
    byte[] magic = new byte[MAGIC.length];
    in.position(1).get(magic);
    if (!Arrays.equals(magic, MAGIC) || in.get() != VERSION) return null;
    HeadRecord head = new HeadRecord(in.get(), in.getLong(), in.getLong(), new byte[REST_BYTES]);
    in.get(head.rest);
    return head.envelope().open(in, 0, BYTES, start) == null ? null : head;
  }
}
