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
 *   kdf, check, signer   zeros in a log that is only checked
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
  /** How far apart copies of the head are at most, but for one append. */
  public static final int COPY_SHIFT = 24;

  public static final int SEALED = 1;
  public static final int ENCRYPTED = 2;

  private static final byte[] MAGIC = "flumelog".getBytes(StandardCharsets.US_ASCII);
  private static final int VERSION = 1;
  private static final int REST_BYTES = 20 + 16 + 32;
  /** The first bytes of each frame with a head: its length, the kind, the magic bytes and the version. */
  private static final byte[] BEGINNING = ByteBuffer.allocate(4 + 1 + 8 + 1).putInt(BYTES).put((byte) Kind.HEAD).put(MAGIC).put((byte) VERSION).array();
  /** So many of the first bytes may be damaged without the head being taken for something else. */
  private static final int MOST_DAMAGED = 3;

  /** The head of a log that is only checked. */
  public static HeadRecord checked(long idHigh, long idLow) {
    return new HeadRecord(0, idHigh, idLow, new byte[REST_BYTES]);
  }

  /** The payload of the head's frame, which is sealed by {@link #envelope} in every log. */
  public byte[] payload() {
    return ByteBuffer.allocate(BYTES - CheckedEnvelope.OVERHEAD).put(MAGIC).put((byte) VERSION).put((byte) flags)
        .putLong(idHigh).putLong(idLow).put(rest).array();
  }

  /** The envelope of the head itself. */
  public CheckedEnvelope envelope() {
    return new CheckedEnvelope(idHigh);
  }

  /** Whether a file begins with a head, be it damaged or cut off. Less than half of its first bytes can't tell. */
  public static boolean isAtStartOf(Bytes bytes) {
    int known = (int) Math.min(BEGINNING.length, bytes.end());
    if (known <= BEGINNING.length / 2) return false;
    int differing = 0;
    for (int i = 0; i < known && differing <= MOST_DAMAGED; i++) {
      if ((byte) bytes.uint(i, 1) != BEGINNING[i]) differing++;
    }
    return differing <= MOST_DAMAGED;
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
