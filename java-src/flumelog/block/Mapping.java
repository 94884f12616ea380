package flumelog.block;

import flumelog.file.MemoryFault;
import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.StampedLock;
import java.util.function.Function;

/**
 * A file as memory, from its start up to some position. If another program cuts the file, the bytes that are gone read as any
 * value. So a reader must check the end of a frame after its data: a cut removes the end first.
 */
public final class Mapping implements Bytes {
  private static final long MAPPED_AGAIN_BYTES = 1 << 24;
  private static final int SEGMENT_SHIFT = 30;
  private static final int SEGMENT_BYTES = 1 << SEGMENT_SHIFT;

  private final ByteBuffer[] segments;
  private final long end;
  private final StampedLock overwriting;

  private Mapping(ByteBuffer[] segments, long end, StampedLock overwriting) {
    this.segments = segments;
    this.end = end;
    this.overwriting = overwriting;
  }

  /**
   * Maps the file up to {@code end}. Returns null if it can't be mapped.
   *
   * @param shorter the previous mapping, whose whole segments are used again; or null
   */
  static Mapping of(ReadableFile file, long end, Mapping shorter, StampedLock overwriting) throws IOException {
    ByteBuffer[] segments = new ByteBuffer[(int) (end + SEGMENT_BYTES - 1 >>> SEGMENT_SHIFT)];
    for (int i = 0; i < segments.length; i++) {
      int bytes = (int) Math.min(SEGMENT_BYTES, end - ((long) i << SEGMENT_SHIFT));
      boolean isThere = shorter != null && i < shorter.segments.length && shorter.segments[i].capacity() == bytes;
      segments[i] = isThere ? shorter.segments[i] : file.map((long) i << SEGMENT_SHIFT, bytes);
      if (segments[i] == null) return null;
    }
    return new Mapping(segments, end, overwriting);
  }

  /**
   * Throws the pending error of this thread, if it has read bytes that a cut of the file has removed: see {@link MemoryFault}.
   *
   * @throws InternalError if a read of this thread was of such bytes
   */
  public static void throwFault() {
    MemoryFault.raise();
  }

  /** Whether the file, which now ends at the position, has grown so much that it should be mapped again. */
  boolean isMuchShorterThan(long fileEnd) {
    return fileEnd - end > Math.max(MAPPED_AGAIN_BYTES, end >> 3);
  }

  @Override
  public long end() {
    return end;
  }

  @Override
  public long uint(long position, int bytes) {
    ByteBuffer segment = segment(position);
    int at = at(position);
    if (bytes == 4 && at <= segment.capacity() - 4) return segment.getInt(at) & 0xFFFFFFFFL;
    if (bytes == 8 && at <= segment.capacity() - 8) return segment.getLong(at);
    long value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | segment(position + i).get(at(position + i)) & 0xFF;
    return value;
  }

  @Override
  public boolean isZero(long position, long length) {
    for (long i = 0; i < length; i++) {
      if (segment(position + i).get(at(position + i)) != 0) return false;
    }
    return true;
  }

  @Override
  public byte[] read(long position, int length) {
    byte[] out = new byte[length];
    read(position, out, length);
    return out;
  }

  @Override
  public void read(long position, byte[] out, int length) {
    long stamp;
    do {
      stamp = overwriting.tryOptimisticRead();
      copy(position, out, length);
    } while (!overwriting.validate(stamp));
  }

  /**
   * Calls a function with a range in place, read-only, and returns its result. If bytes are overwritten during the call, its
   * result or exception is ignored and the function is called again.
   */
  public <T> T read(long position, int length, Function<ByteBuffer, T> reader) {
    ByteBuffer segment = segment(position);
    int at = at(position);
    boolean isInOne = length <= segment.capacity() - at;
    while (true) {
      long stamp = overwriting.tryOptimisticRead();
      try {
        T seen = reader.apply(isInOne ? segment.slice(at, length) : ByteBuffer.wrap(read(position, length)).asReadOnlyBuffer());
        if (overwriting.validate(stamp)) return seen;
      } catch (RuntimeException e) {
        if (overwriting.validate(stamp)) throw e;
      }
    }
  }

  private void copy(long position, byte[] out, int length) {
    for (int done = 0; done < length; ) {
      ByteBuffer segment = segment(position + done);
      int at = at(position + done);
      int n = Math.min(segment.capacity() - at, length - done);
      segment.get(at, out, done, n);
      done += n;
    }
  }

  /** Returns the mapped segment that has the byte at the position. The caller must not change it. */
  public ByteBuffer segment(long position) {
    return segments[(int) (position >>> SEGMENT_SHIFT)];
  }

  /** Returns the index, in its segment, of the byte at the position. */
  public static int at(long position) {
    return (int) position & SEGMENT_BYTES - 1;
  }
}
