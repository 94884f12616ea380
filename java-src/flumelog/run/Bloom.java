package flumelog.run;

import java.nio.ByteBuffer;

/**
 * Says of most keys that are not in a run that they are not there. All bits of a key are in one line of 512 bits, so that asking
 * costs one access to memory.
 */
final class Bloom {
  /** With more keys a run has no filter: the memory would be too much. */
  static final long MOST_KEYS = 4_000_000;

  private static final int BITS_PER_KEY = 10;
  private static final int PROBES = 6;
  private static final int LINE_LONGS = 8;

  private final long[] bits;

  private Bloom(long[] bits) {
    this.bits = bits;
  }

  /** Returns null if there are too many keys. */
  static Bloom forKeys(long keys) {
    if (keys > MOST_KEYS) return null;
    int lines = (int) (keys * BITS_PER_KEY / 512) + 1;
    return new Bloom(new long[lines * LINE_LONGS]);
  }

  static Bloom read(byte[] encoded) {
    long[] bits = new long[encoded.length / Long.BYTES];
    ByteBuffer.wrap(encoded).asLongBuffer().get(bits);
    return new Bloom(bits);
  }

  byte[] encoded() {
    ByteBuffer out = ByteBuffer.allocate(bits.length * Long.BYTES);
    for (long word : bits) out.putLong(word);
    return out.array();
  }

  void add(byte[] key, int from, int to) {
    long hash = hash(key, from, to);
    int line = line(hash);
    for (int i = 0; i < PROBES; i++, hash >>>= 9) bits[line + (int) (hash & 7)] |= 1L << (hash >>> 3);
  }

  boolean mayHave(byte[] key) {
    long hash = hash(key, 0, key.length);
    int line = line(hash);
    for (int i = 0; i < PROBES; i++, hash >>>= 9) {
      if ((bits[line + (int) (hash & 7)] & 1L << (hash >>> 3)) == 0) return false;
    }
    return true;
  }

  /** The first long of a key's line. The line goes by other bits than those in it. */
  private int line(long hash) {
    long mixed = hash * 0x9E3779B97F4A7C15L >>> 32;
    return (int) (mixed * (bits.length / LINE_LONGS) >>> 32) * LINE_LONGS;
  }

  static long hash(byte[] key, int from, int to) {
    long hash = 0x9E3779B97F4A7C15L ^ (to - from);
    int at = from;
    for (; at + Long.BYTES <= to; at += Long.BYTES) hash = mix(hash ^ (long) GrowingBytes.LONG.get(key, at));
    long rest = 0;
    for (; at < to; at++) rest = rest << 8 | key[at] & 0xFF;
    return mix(hash ^ rest);
  }

  private static long mix(long value) {
    long mixed = (value ^ value >>> 32) * 0xD6E8FEB86659FD93L;
    mixed = (mixed ^ mixed >>> 32) * 0xD6E8FEB86659FD93L;
    return mixed ^ mixed >>> 32;
  }
}
