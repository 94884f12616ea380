package flumelog.protect;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * A checksum around each payload.
 *
 * <pre>
 *   data := kind payload crc(int32)
 *   crc  := CRC-32C(kind payload) XOR the upper half of mix64(id64 XOR offset)      id64: the first 8 bytes of the log's id
 * </pre>
 *
 * The number that is XORed keeps all that a CRC promises. With it, a frame at another offset or of another log has a wrong
 * checksum, but for one case in 2^32.
 */
public final class CheckedEnvelope implements Envelope {
  private static final int KIND_BYTES = 1;
  private static final int CRC_BYTES = 4;
  static final int OVERHEAD = KIND_BYTES + CRC_BYTES;

  private final long id64;

  /** @param id64 the first 8 bytes of the log's id */
  public CheckedEnvelope(long id64) {
    this.id64 = id64;
  }

  @Override
  public int overhead() {
    return OVERHEAD;
  }

  @Override
  public void enclose(ByteBuffer out, byte[] payload, long offset, int kind) {
    out.put((byte) kind).put(payload).putInt(crc(kind, payload, offset));
  }

  /** Encloses a payload that comes in two parts, the first of which has a length. Returns the checksum. */
  int enclose(ByteBuffer out, byte[] first, int from, int length, byte[] payload, long offset, int kind) {
    CRC32C crc = new CRC32C();
    crc.update(kind);
    crc.update(first, from, length);
    crc.update(payload);
    int salted = (int) crc.getValue() ^ salt(offset);
    out.put((byte) kind).put(first, from, length).put(payload).putInt(salted);
    return salted;
  }

  @Override
  public ByteBuffer open(ByteBuffer data, int from, int length, long offset) {
    if (length < OVERHEAD) return null;
    int end = from + length - CRC_BYTES;
    int said = data.limit(from + length).getInt(end);
    CRC32C crc = new CRC32C();
    crc.update(data.limit(end).position(from));
    if (((int) crc.getValue() ^ salt(offset)) != said) return null;
    return data.position(from + KIND_BYTES);
  }

  /** Reads the payload into the array that is returned, and nothing twice. */
  @Override
  public byte[] payload(Bytes bytes, long from, int length, long offset) {
    if (length < OVERHEAD) return null;
    byte[] payload = bytes.read(from + KIND_BYTES, length - OVERHEAD);
    int kind = (int) bytes.uint(from, KIND_BYTES);
    return crc(kind, payload, offset) == (int) bytes.uint(from + length - CRC_BYTES, CRC_BYTES) ? payload : null;
  }

  private int crc(int kind, byte[] payload, long offset) {
    CRC32C crc = new CRC32C();
    crc.update(kind);
    crc.update(payload);
    return (int) crc.getValue() ^ salt(offset);
  }

  private int salt(long offset) {
    return (int) (mix64(id64 ^ offset) >>> 32);
  }

  /** The last step of SplitMix64. */
  private static long mix64(long x) {
    long y = (x ^ x >>> 30) * 0xbf58476d1ce4e5b9L;
    long z = (y ^ y >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
