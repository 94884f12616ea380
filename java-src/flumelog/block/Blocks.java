package flumelog.block;

import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.file.LogFile;
import flumelog.file.Patience;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.locks.StampedLock;

/**
 * A file as ranges of bytes and big-endian integers, read through aligned blocks of one size. A range may straddle any
 * number of blocks; a block may be as small as one byte.
 *
 * <p>Any number of threads may read; one at a time may write. Bytes handed out are copies. {@link #end} is where the
 * readable bytes stop: it moves only after the file has the bytes below it.
 */
public final class Blocks implements Bytes {
  private static final int MAX_SPARE = 4;
  private static final int LOOK_UP_BYTES = 1 << 10;
  private static final int ASKED_OFTEN = 64;

  private final String path;
  private final LogFile file;
  private final int blockBytes;
  private final Cache cache;
  /** Whose the blocks are, for their keys: another object once blocks were forgotten that the cache can't be told to forget. */
  private volatile Object owner = new Object();
  /** Held for writing while bytes are overwritten, so that no reader sees half of that or keeps the old ones. */
  private final StampedLock overwriting = new StampedLock();
  /** Where the next append goes; only the writer looks at it. */
  private long written;
  private volatile long end;
  /** How often bytes were overwritten; changes under the lock. */
  private volatile long overwrites;
  /** What was to be overwritten with zeros and may be so in part: all of it reads as zeros. Null while there is nothing. */
  private volatile HalfZeroed halfZeroed;
  private volatile Mapping mapping;
  private boolean unmappable;
  private int askedToMap;
  /** Memory of windows that nobody uses at the moment. */
  private final ArrayBlockingQueue<ByteBuffer> spare = new ArrayBlockingQueue<>(MAX_SPARE);

  public Blocks(String path, LogFile file, int blockBytes, Cache cache, long end) {
    this.path = path;
    this.file = file;
    this.blockBytes = blockBytes;
    this.cache = cache;
    this.written = end;
    this.end = end;
  }

  @Override
  public long end() {
    return end;
  }

  /** A window for a walk of any length: through a few blocks at first, where they are kept, then it reads ahead. */
  public Window windowToWalk() {
    long few = 4L * blockBytes;
    return new Window(this, blockBytes, Window.MAX_BYTES, few <= BlockCache.bytesOf(cache) ? few : 0);
  }

  /** A window for a walk through all of it. */
  public Window windowToScan() {
    return new Window(this, Window.MAX_BYTES / 8, Window.MAX_BYTES, 0);
  }

  /** A window for a walk of any length that takes nothing from the cache. */
  public Window windowPastCache() {
    return new Window(this, blockBytes, Window.MAX_BYTES, 0);
  }

  /** A window that reads little more than what is asked for. */
  public Window windowToLookUp() {
    return new Window(this, LOOK_UP_BYTES, LOOK_UP_BYTES, 0);
  }

  /** What is mapped of the file now, up to some position; null where nothing is. */
  public Mapping mapping() { return mapping; }

  /**
   * The file as memory, up to some position below the end, made again when that is much more; null where it can't be had, and before
   * somebody has asked often: the first one takes a JVM some milliseconds. Where somebody cuts the file it reads as anything, or
   * throws an {@link InternalError}: who reads a frame looks at its end <em>after</em> its data, since a cut takes that first.
   */
  public Mapping mapped() {
    Mapping mapped = mapping;
    return mapped != null && !mapped.isMuchShorterThan(end) ? mapped : map();
  }

  private synchronized Mapping map() {
    if (unmappable || ++askedToMap < ASKED_OFTEN) return mapping;
    if (mapping != null && !mapping.isMuchShorterThan(end)) return mapping;
    try {
      mapping = Mapping.of(file, end, mapping, overwriting);
    } catch (IOException e) {
      mapping = null; // whoever reads by calls instead is told what is wrong with the file
    }
    unmappable = mapping == null;
    return mapping;
  }

  /** Makes no use of the mapping any more: the file was cut. */
  public synchronized void unmap() {
    unmappable = true;
    mapping = null;
  }

  /** Moves the end down, or shows another file: what was seen may be other bytes now, also for windows and mappings. */
  public void goBackTo(long newEnd) {
    long stamp = overwriting.writeLock();
    extendTo(newEnd);
    mapping = null;
    overwrites++;
    overwriting.unlockWrite(stamp);
    forget();
  }

  /** Whether the cache has room for all of it. */
  public boolean fitInCache() {
    return end <= BlockCache.bytesOf(cache);
  }

  @Override
  public byte[] read(long position, int length) {
    checkRange(position, length);
    byte[] out = new byte[length];
    long stamp;
    do {
      stamp = awaitOverwrite();
      copy(position, out);
    } while (!overwriting.validate(stamp));
    return out;
  }

  @Override
  public long uint(long position, int bytes) {
    checkRange(position, bytes);
    Block block = block(position / blockBytes);
    int at = (int) (position % blockBytes);
    long value = 0;
    for (int i = 0; i < bytes; i++, at++) {
      if (at == blockBytes) {
        block = block((position + i) / blockBytes);
        at = 0;
      }
      value = value << 8 | block.bytes()[at] & 0xFF;
    }
    return value;
  }

  @Override
  public boolean isZero(long position, long length) {
    checkRange(position, length);
    return length <= Window.MAX_BYTES ? isZeroInBlocks(position, length)
        : isZeroInBlocks(position, Math.min(length, blockBytes)) && isZeroPastCache(position, length);
  }

  private boolean isZeroPastCache(long position, long length) {
    Window window = windowToScan();
    for (long at = position; at < position + length; at += Window.MAX_BYTES) {
      long n = Math.min(Window.MAX_BYTES, position + length - at);
      window.coverUpwards(at, n);
      if (!window.isZero(at, n)) return false;
    }
    window.release();
    return true;
  }

  private boolean isZeroInBlocks(long position, long length) {
    for (long at = position; at < position + length; ) {
      Block block = block(at / blockBytes);
      int from = (int) (at % blockBytes);
      int to = (int) Math.min(blockBytes, from + (position + length - at));
      for (int i = from; i < to; i++) {
        if (block.bytes()[i] != 0) return false;
      }
      at += to - from;
    }
    return true;
  }

  /** Writes the bytes behind all that was written; they can be read once {@link #publish()} has moved the end. */
  public void append(ByteBuffer bytes) {
    ByteBuffer copied = bytes.duplicate();
    try {
      file.append(written, bytes);
    } catch (IOException e) {
      throw DiskFailures.io(path, "appending to", e);
    }
    extendTail(copied);
    written += copied.limit() - copied.position();
  }

  /** Moves the end past all that was written: from here on it can be read. */
  public void publish() {
    end = written;
  }

  /** Cuts off what was written and not published; the caller forces, so that it does not come back after a power loss. */
  public void rewind() {
    try {
      file.truncate(end);
    } catch (IOException e) {
      throw DiskFailures.io(path, "cutting back", e);
    }
    forget(end / blockBytes, end / blockBytes);
    written = end;
  }

  /** Moves the end up over bytes that somebody else has appended. */
  public void extendTo(long newEnd) {
    written = newEnd;
    end = newEnd;
  }

  /** Writes zeros over a range: on return no read shows what was there, also where only a part could be written. */
  public void zero(long position, long length) {
    checkRange(position, length);
    long first = HalfZeroed.firstNotZero(this, position, length);
    long stamp = overwriting.writeLock();
    try {
      HalfZeroed.overwrite(file, position, length);
    } catch (IOException | RuntimeException | Error e) {
      showAsZeros(position, length, first);
      throw DiskFailures.io(path, "deleting in", HalfZeroed.ioException(e));
    } finally {
      overwrites++;
      try {
        forget(position / blockBytes, (position + length) / blockBytes);
      } finally {
        overwriting.unlockWrite(stamp);
      }
    }
  }

  /** Unless none of it was overwritten, and so the byte that goes first. */
  private void showAsZeros(long position, long length, long first) {
    if (first == position + length || HalfZeroed.isNotZero(file, first)) return;
    halfZeroed = new HalfZeroed(position, position + length, halfZeroed);
    unmap();
  }

  /** Reads all of it from the file; what is half overwritten reads as zeros. */
  private void readFile(long position, ByteBuffer into) throws IOException {
    int n = Patience.readAt(file, position, into);
    if (into.hasRemaining()) throw FormatFailures.shrunk(path, position + n, end);
    if (halfZeroed != null) halfZeroed.hide(position, into, into.position() - n, n);
  }

  /** Forgets all blocks: the file is being closed, or was cut. */
  public void forget() {
    forget(0, Long.MAX_VALUE);
  }

  /** A block that is found afterwards was read afterwards. */
  private void forget(long first, long last) {
    if (cache instanceof BlockCache own) own.remove(owner, first, last);
    else owner = new Object();
  }

  /** How often bytes below the end were overwritten by this writer. */
  public long overwrites() {
    return overwrites;
  }

  /** Fills the buffer from the position on, past the cache; returns how often bytes had been overwritten then. */
  public long readPast(long position, ByteBuffer into) {
    checkRange(position, into.remaining());
    long stamp = overwriting.readLock();
    try {
      readFile(position, into);
      return overwrites;
    } catch (IOException e) {
      throw DiskFailures.io(path, "reading", e);
    } finally {
      overwriting.unlockRead(stamp);
    }
  }

  /** Memory for the longest window. */
  ByteBuffer lend() {
    ByteBuffer lent = spare.poll();
    return lent == null ? ByteBuffer.allocateDirect(Window.MAX_BYTES) : lent;
  }

  void giveBack(ByteBuffer lent) {
    spare.offer(lent);
  }

  private void copy(long position, byte[] out) {
    for (int done = 0; done < out.length; ) {
      Block block = block((position + done) / blockBytes);
      int from = (int) ((position + done) % blockBytes);
      int n = Math.min(blockBytes - from, out.length - done);
      System.arraycopy(block.bytes(), from, out, done, n);
      done += n;
    }
  }

  /** The block with all bytes of it that lie below the end. */
  private Block block(long index) {
    int readable = (int) Math.min(blockBytes, end - index * blockBytes);
    Block block = (Block) cache.get(new BlockKey(owner, index));
    return block != null && block.length() >= readable ? block : load(index, readable);
  }

  private Block load(long index, int readable) {
    byte[] bytes = new byte[blockBytes];
    ByteBuffer into = ByteBuffer.wrap(bytes, 0, readable);
    long stamp = overwriting.readLock();
    try {
      readFile(index * blockBytes, into);
      Block block = new Block(bytes, readable);
      cache.set(new BlockKey(owner, index), block);
      return block;
    } catch (IOException e) {
      throw DiskFailures.io(path, "reading", e);
    } finally {
      overwriting.unlockRead(stamp);
    }
  }

  /**
   * Keeps a cached tail block true. Its array is extended in place: what is new lies behind every byte that a reader
   * may look at before the end is moved.
   */
  private void extendTail(ByteBuffer appended) {
    long index = written / blockBytes;
    int filled = (int) (written % blockBytes);
    Block tail = (Block) cache.get(new BlockKey(owner, index));
    if (tail == null) return;
    if (tail.length() != filled) {
      forget(index, index);
      return;
    }
    int n = Math.min(blockBytes - filled, appended.remaining());
    appended.get(appended.position(), tail.bytes(), filled, n);
    cache.set(new BlockKey(owner, index), new Block(tail.bytes(), filled + n));
  }

  private long awaitOverwrite() {
    long stamp = overwriting.tryOptimisticRead();
    while (stamp == 0) {
      overwriting.unlockRead(overwriting.readLock());
      stamp = overwriting.tryOptimisticRead();
    }
    return stamp;
  }

  private void checkRange(long position, long length) {
    if (position < 0 || length < 0 || position > end - length) {
      throw new IndexOutOfBoundsException("bytes " + position + " to " + (position + length) + " of " + end);
    }
  }
}
