package flumelog.protect;

import flumelog.block.Bytes;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Puts 16 random bytes before each payload, in the envelope of another kind. So the hash of a frame, which stays when its record is
 * deleted, confirms no guess of what the record was.
 *
 * <pre>
 *   data := as in the other envelope, with: blind payload      in place of the payload of a record
 *   blind := 16 random bytes
 * </pre>
 */
public final class SealedEnvelope implements Envelope {
  public static final int BLIND_BYTES = 16;

  private final Envelope inner;
  private Nonces random;
  /** The random bytes for the frames of the write under way, and where the next are. */
  private byte[] stock = {};
  private int used;

  SealedEnvelope(Envelope inner) {
    this.inner = inner;
  }

  Envelope inner() {
    return inner;
  }

  @Override
  public int overhead() {
    return inner.overhead() + BLIND_BYTES;
  }

  @Override
  public int overhead(int kind) {
    return Kind.isRecord(kind) ? overhead() : inner.overhead();
  }

  /** No random bytes are kept from one write to the next: the process may have been copied meanwhile. For the thread that writes. */
  @Override
  public void begin(int frames) {
    inner.begin(frames);
    if (random == null) random = new Nonces();   // start-up: a log that is only read needs no random source
    stock = random.bytes(Math.multiplyExact(frames, BLIND_BYTES));
    used = 0;
  }

  @Override
  public void enclose(ByteBuffer out, byte[] payload, long offset, int kind) {
    inner.enclose(out, Kind.isRecord(kind) ? withBlind(payload) : payload, offset, kind);
  }

  /** Whether {@link #encloseAndHash} can be used. */
  boolean canHash() {
    return inner instanceof CheckedEnvelope;
  }

  // cpu: the data is hashed from where it comes from, and never copied.
  /** Encloses the payload of a record, and returns its leaf. */
  byte[] encloseAndHash(ByteBuffer out, byte[] payload, long offset, int kind, Tree tree) {
    int at = nextBlind();
    int crc = ((CheckedEnvelope) inner).enclose(out, stock, at, BLIND_BYTES, payload, offset, kind);
    return tree.leaf(offset, kind, stock, at, payload, crc);
  }

  private int nextBlind() {
    if (used == stock.length) begin(1);
    used += BLIND_BYTES;
    return used - BLIND_BYTES;
  }

  private byte[] withBlind(byte[] payload) {
    byte[] content = new byte[BLIND_BYTES + payload.length];
    System.arraycopy(stock, nextBlind(), content, 0, BLIND_BYTES);
    System.arraycopy(payload, 0, content, BLIND_BYTES, payload.length);
    return content;
  }

  @Override
  public ByteBuffer open(ByteBuffer data, int from, int length, long offset) {
    boolean isRecord = length > 0 && Kind.isRecord(data.get(from) & 0xFF);
    ByteBuffer opened = inner.open(data, from, length, offset);
    if (opened == null || !isRecord) return opened;
    return opened.remaining() < BLIND_BYTES ? null : opened.position(opened.position() + BLIND_BYTES);
  }

  @Override
  public byte[] payload(Bytes bytes, long from, int length, long offset) {
    boolean isRecord = length > 0 && Kind.isRecord((int) bytes.uint(from, 1));
    byte[] opened = inner.payload(bytes, from, length, offset);
    if (opened == null || !isRecord) return opened;
    return opened.length < BLIND_BYTES ? null : Arrays.copyOfRange(opened, BLIND_BYTES, opened.length);
  }

  /** The leaf of a record of a log that is sealed and not encrypted. */
  public static byte[] leafOf(byte[] logId, long offset, int kind, byte[] blind, byte[] payload) {
    byte[] content = Arrays.copyOf(blind, BLIND_BYTES + payload.length);
    System.arraycopy(payload, 0, content, BLIND_BYTES, payload.length);
    ByteBuffer data = ByteBuffer.allocate(content.length + CheckedEnvelope.OVERHEAD);
    new CheckedEnvelope(ByteBuffer.wrap(logId).getLong()).enclose(data, content, offset, kind);
    return new Tree().leaf(offset, data.flip());
  }

  /** {@return nothing of a key} */
  @Override
  public String toString() {
    return "SealedEnvelope[" + inner + "]";
  }
}
