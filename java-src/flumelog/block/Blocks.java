package flumelog.block;

import flumelog.error.DiskFailures;
import flumelog.error.FormatFailures;
import flumelog.event.CacheMissEvent;
import flumelog.event.Recorder;
import flumelog.file.LogFile;
import flumelog.file.Patience;
import flumelog.file.ReadableFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.StampedLock;

/**
 * Reads ranges of bytes and big-endian integers of a file through aligned blocks of one size, and appends to the file. A range
 * may lie in any number of blocks. A block may be as small as one byte.
 *
 * <p>Any number of threads may read; one at a time may write. The bytes that a read returns are copies. {@link #end} is where
 * the readable bytes stop: it moves up only after the file has the bytes below it.
 */
public final class Blocks implements Bytes {
  private static final int MAX_SPARE = 4;
  private static final int LOOK_UP_BYTES = 1 << 10;
  private static final int ASKED_OFTEN = 64; // before a file is mapped: the first mapping takes a JVM some milliseconds

  private final String path;
  private final ReadableFile file;
  /** The same file for writing, or null if it is only read. */
  private final LogFile target;
  private final int blockBytes;
  private final BlockStore cache;
  /** Part of the keys of blocks. A new owner hides the old blocks in a cache of another library, which can't drop them itself. */
  private volatile Object owner = new Object();
  /** Locked for writing while bytes are overwritten, so that no reader sees half of that or caches the old bytes. */
  private final StampedLock overwriting = new StampedLock();
  /** The position of the next append. Only the writer uses it. */
  private long writtenEnd;
  private volatile long end;
  /** How often bytes were overwritten. It changes only under the lock. */
  private volatile long overwrites;
  /** The ranges that were perhaps overwritten with zeros only in part. All of them read as zeros. Null while there are none. */
  private volatile HalfZeroed halfZeroed;
  private final AtomicLong misses = new AtomicLong();
  private volatile Mapping mapping;
  private boolean unmappable;
  private int askedToMap;
  /** Memory for windows that no window uses at the moment. */
  private final ArrayBlockingQueue<ByteBuffer> spare = new ArrayBlockingQueue<>(MAX_SPARE);

  /** Makes the blocks of a file that is only read. */
  public static Blocks toRead(String path, ReadableFile file, int blockBytes, BlockStore cache, long end) {
    return new Blocks(path, file, null, blockBytes, cache, end);
  }

  /** Makes the blocks of a file that is read and written. */
  public Blocks(String path, LogFile file, int blockBytes, BlockStore cache, long end) {
    this(path, file, file, blockBytes, cache, end);
  }

  private Blocks(String path, ReadableFile file, LogFile target, int blockBytes, BlockStore cache, long end) {
    this.path = path;
    this.file = file;
    this.target = target;
    this.blockBytes = blockBytes;
    this.cache = cache;
    this.writtenEnd = end;
    this.end = end;
  }

  @Override
  public long end() {
    return end;
  }

  /** Makes a window for a walk of any length. It reads some blocks through the cache, if that can keep them, then reads ahead. */
  public Window windowToWalk() {
    long few = 4L * blockBytes;
    return new Window(this, blockBytes, Window.MAX_BYTES, few <= cache.maxBytes() ? few : 0);
  }

  /** Makes a window for a walk through the whole file. */
  public Window windowToScan() {
    return new Window(this, Window.MAX_BYTES / 8, Window.MAX_BYTES, 0);
  }

  /** Makes a window for a walk of any length that doesn't use the cache. */
  public Window windowPastCache() {
    return new Window(this, blockBytes, Window.MAX_BYTES, 0);
  }

  /** Makes a window that reads little more than the range that is asked for. */
  public Window windowToLookUp() {
    return new Window(this, LOOK_UP_BYTES, LOOK_UP_BYTES, 0);
  }

  /** Returns the current mapping, which reaches up to some position; null if there is none. */
  public Mapping mapping() { return mapping; }

  /**
   * Returns the file as memory, up to some position at or below the end. Null if it can't be mapped, and at the first calls: the
   * first mapping takes a JVM some milliseconds. If another program cuts the file, the memory reads as any value or throws an
   * {@link InternalError}. So a reader must check the end of a frame <em>after</em> its data: a cut removes the end first.
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
      mapping = null; // the caller reads with system calls instead, which throw if anything is wrong with the file
    }
    unmappable = mapping == null;
    return mapping;
  }

  /** Never uses a mapping again, because the file was cut. */
  public synchronized void unmap() {
    unmappable = true;
    mapping = null;
  }

  /** Moves the end down, or shows another file. Bytes read before may differ now, so blocks, windows and mappings are dropped. */
  public void goBackTo(long newEnd) {
    long stamp = overwriting.writeLock();
    extendTo(newEnd);
    mapping = null;
    overwrites++;
    overwriting.unlockWrite(stamp);
    forget();
  }

  /** Whether the cache can keep all blocks of the file. */
  public boolean fitInCache() {
    return end <= cache.maxBytes();
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
    boolean isZero = true;
    for (long at = position; isZero && at < position + length; at += Window.MAX_BYTES) {
      long n = Math.min(Window.MAX_BYTES, position + length - at);
      window.coverUpwards(at, n);
      isZero = window.isZero(at, n);
    }
    window.release();
    return isZero;
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

  /** Appends the bytes to all that was written. They can be read after {@link #publish()} has moved the end. */
  public void append(ByteBuffer bytes) {
    int from = bytes.position();
    int n = bytes.remaining();
    try {
      target.append(writtenEnd, bytes);
    } catch (IOException e) {
      throw DiskFailures.io(path, "appending to", e);
    }
    extendTail(bytes, from, n);
    writtenEnd += n;
  }

  /** Moves the end past all that was written. From here on the bytes can be read. */
  public void publish() {
    end = writtenEnd;
  }

  /** Cuts off the bytes that were written but not published. The caller must force, else a power loss may bring them back. */
  public void rewind() {
    try {
      target.truncate(end);
    } catch (IOException e) {
      throw DiskFailures.io(path, "cutting back", e);
    }
    forget(end / blockBytes, end / blockBytes);
    writtenEnd = end;
  }

  /** Moves the end over bytes that another process has appended. */
  public void extendTo(long newEnd) {
    writtenEnd = newEnd;
    end = newEnd;
  }

  /** Writes zeros over a range. Afterwards no read returns the old bytes, even if only a part could be written. */
  public void zero(long position, long length) {
    checkRange(position, length);
    long first = HalfZeroed.firstNotZero(this, position, length);
    HalfZeroed range = new HalfZeroed(position, position + length, halfZeroed); // before memory may run out
    long stamp = overwriting.writeLock();
    try {
      HalfZeroed.overwrite(target, position, length);
    } catch (IOException | RuntimeException | Error e) {
      showAsZeros(range, first);
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

  /** Makes the range read as zeros, unless its first byte that was not zero is unchanged: then nothing was overwritten. */
  private void showAsZeros(HalfZeroed range, long first) {
    if (first == range.to() || HalfZeroed.isNotZero(file, first)) return;
    halfZeroed = range;
    unmap();
  }

  /** Fills the buffer from the file. Ranges that are half overwritten read as zeros. */
  private void readFile(long position, ByteBuffer into) throws IOException {
    int n = Patience.readAt(file, position, into);
    if (into.hasRemaining()) throw FormatFailures.shrunk(path, position + n, end);
    if (halfZeroed != null) halfZeroed.hide(position, into, into.position() - n, n);
  }

  /** Drops all blocks from the cache, because the file is being closed or was cut. */
  public void forget() {
    forget(0, Long.MAX_VALUE);
  }

  /** Drops blocks from the cache. Any block that is found there afterwards was read afterwards. */
  private void forget(long first, long last) {
    if (!cache.remove(owner, first, last)) owner = new Object();
  }

  /** Returns how many blocks were read from the file because the cache did not have them. */
  public long misses() {
    return misses.get();
  }

  /** Returns how often this writer has overwritten bytes below the end. */
  public long overwrites() {
    return overwrites;
  }

  /** Fills the buffer from the position on, without the cache. Returns {@link #overwrites} as it was at the read. */
  public long readPastCache(long position, ByteBuffer into) {
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

  /** Lends memory that is large enough for the longest window. */
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

  /** Returns a block with all its bytes that lie below the end. */
  private Block block(long index) {
    int readable = (int) Math.min(blockBytes, end - index * blockBytes);
    Block block = (Block) cache.get(new BlockKey(owner, index));
    return block != null && block.length() >= readable ? block : load(index, readable);
  }

  private Block load(long index, int readable) {
    CacheMissEvent event = Recorder.isOn(misses.getAndIncrement()) ? CacheMissEvent.start() : null;
    Block block = readBlock(index, readable);
    if (event != null) event.end(path, index * blockBytes, readable);
    return block;
  }

  private Block readBlock(long index, int readable) {
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
   * Adds appended bytes to the last block if it is in the cache. Its array is filled in place: no reader looks at the new bytes
   * before the end is moved.
   */
  private void extendTail(ByteBuffer appended, int from, int length) {
    long index = writtenEnd / blockBytes;
    int filled = (int) (writtenEnd % blockBytes);
    Block tail = (Block) cache.get(new BlockKey(owner, index));
    if (tail == null) return;
    if (tail.length() != filled) {
      forget(index, index);
      return;
    }
    int n = Math.min(blockBytes - filled, length);
    appended.get(from, tail.bytes(), filled, n);
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
