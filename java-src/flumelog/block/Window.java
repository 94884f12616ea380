package flumelog.block;

import java.nio.ByteBuffer;

/**
 * The bytes around one place of a file, for a walk in one direction. A window reads ahead in pieces that grow during the walk.
 * It does not use the cache, so a walk through the whole log evicts no blocks that other readers use. Bytes outside of the window
 * are read through the blocks. For one thread at a time.
 */
public final class Window implements Bytes {
  /** The longest range that one read fetches. Longer reads would be no faster. */
  public static final int MAX_BYTES = 1 << 20;
  /** The first read after a seek: often one record is all that is wanted. */
  private static final int SOUGHT_BYTES = 1 << 12;
  /** From this size on the memory is direct, which saves a copy, and is lent by the {@link Blocks}. */
  private static final int DIRECT_BYTES = 1 << 16;

  /** How many bytes are checked for zeros one by one. If data is not all zeros, usually one of its first bytes shows it. */
  private static final int FEW_BYTES = 16;
  private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(MAX_BYTES).asReadOnlyBuffer();

  private final Blocks blocks;
  private final int firstBytes;
  private final int mostBytes;
  private final long mostThroughBlocks;
  /** Bytes still to be read through the block cache before reading ahead begins: a few records are often found in the cache. */
  private long throughBlocks;
  private ByteBuffer bytes = ByteBuffer.allocate(0);
  // cpu: the same buffer if it is direct, else null. The quick steps use this field alone, so the JIT sees one class of buffer.
  private ByteBuffer lent;
  /** A read-only view of the memory, which callers receive. It is made on first use. */
  private ByteBuffer view;
  private long from;
  private long to;
  private int nextBytes;
  private long overwrites;

  /**
   * @param firstBytes the least size of the first read; it doubles with each read, up to {@code mostBytes}
   * @param throughBlocks how many bytes are read through the blocks before reading ahead begins
   */
  Window(Blocks blocks, int firstBytes, int mostBytes, long throughBlocks) {
    this.blocks = blocks;
    this.firstBytes = Math.min(firstBytes, mostBytes);
    this.nextBytes = this.firstBytes;
    this.mostBytes = mostBytes;
    this.mostThroughBlocks = throughBlocks;
    this.throughBlocks = throughBlocks;
  }

  @Override
  public long end() {
    return blocks.end();
  }

  /**
   * Says that a walk begins at the position. It may be a short one, so reading ahead starts with little again. Only the newest blocks
   * of a long log are likely to be in the cache. Returns the position.
   */
  public long walkFrom(long position) {
    if (!holds(position, 0)) to = from;
    nextBytes = Math.min(firstBytes, SOUGHT_BYTES);
    throughBlocks = blocks.fitInCache() || blocks.end() - position <= mostThroughBlocks ? mostThroughBlocks : 0;
    return position;
  }

  /** Loads [position, position + length), and reads ahead above that. A range longer than {@link #MAX_BYTES} is not loaded. */
  public void coverUpwards(long position, long length) {
    if (isWanted(position, length)) load(position, Math.min(Math.max(length, nextBytes), blocks.end() - position));
  }

  /** Loads [end - length, end), and reads ahead below that. A range longer than {@link #MAX_BYTES} is not loaded. */
  public void coverDownwards(long end, long length) {
    if (!isWanted(end - length, length)) return;
    long wanted = Math.min(Math.max(length, nextBytes), end);
    load(end - wanted, wanted);
  }

  /**
   * Returns the memory of the window, which has the bytes from {@link #from} on. The caller must not change it, and may use it
   * until the window is moved. Null if the window is small, or if bytes of the file were overwritten since it was loaded.
   */
  public ByteBuffer inMemory() {
    return isCurrent() ? lent : null;
  }

  /** Returns the position of the first byte of the window. */
  public long from() {
    return from;
  }

  /** Returns the position up to which the window has the bytes from a position on, or that position if it has none of them. */
  public long holdsUpTo(long position) {
    return position >= from && position < to ? to : position;
  }

  /** Returns the position down to which the window has the bytes below a position, or that position if it has none of them. */
  public long holdsDownTo(long position) {
    return position > from && position <= to ? from : position;
  }

  /** Reads a length or a trailer. These are never overwritten, so the window is not checked for overwritten bytes. */
  @Override
  public long uint(long position, int n) {
    if (!isInside(position, n)) return blocks.uint(position, n);
    int at = (int) (position - from);
    if (n == 4) return bytes.getInt(at) & 0xFFFFFFFFL;
    if (n == 8) return bytes.getLong(at);
    long value = 0;
    for (int i = 0; i < n; i++) value = value << 8 | bytes.get(at + i) & 0xFF;
    return value;
  }

  @Override
  public boolean isZero(long position, long length) {
    if (!holds(position, length)) return blocks.isZero(position, length);
    int at = (int) (position - from);
    int few = (int) Math.min(length, FEW_BYTES);
    for (int i = 0; i < few; i++) {
      if (bytes.get(at + i) != 0) return false;
    }
    int more = (int) length - few;
    return more == 0 || bytes.slice(at + few, more).mismatch(ZEROS.slice(0, more)) < 0;
  }

  @Override
  public byte[] read(long position, int length) {
    if (!holds(position, length)) return blocks.read(position, length);
    byte[] out = new byte[length];
    bytes.get((int) (position - from), out);
    return out;
  }

  @Override
  public void read(long position, byte[] out, int length) {
    if (holds(position, length)) bytes.get((int) (position - from), out, 0, length);
    else Bytes.super.read(position, out, length);
  }

  /** Returns the range in place, read-only and valid until the window is moved. Null if the window does not have it. */
  public ByteBuffer view(long position, int length) {
    if (!holds(position, length)) return null;
    if (view == null) view = bytes.asReadOnlyBuffer();
    int at = (int) (position - from);
    return view.clear().limit(at + length).position(at);
  }

  /** Empties the window. It keeps its own memory, but gives lent memory back, which is too large to keep while it is not used. */
  public void forget() {
    if (lent != null) release();
    to = from;
  }

  /** Empties the window and gives its memory back. The window can still be used. */
  public void release() {
    if (lent != null) blocks.giveBack(lent);
    lent = null;
    bytes = ByteBuffer.allocate(0);
    view = null;
    to = from;
  }

  /** Whether the window has the range, and no bytes of the file were overwritten since it was loaded. */
  private boolean holds(long position, long length) {
    return isInside(position, length) && isCurrent();
  }

  private boolean isCurrent() {
    return overwrites == blocks.overwrites();
  }

  private boolean isInside(long position, long length) {
    return position >= from && position + length <= to;
  }

  private boolean isWanted(long position, long length) {
    if (length <= 0 || length > MAX_BYTES || holds(position, length)) return false;
    throughBlocks -= length;
    return throughBlocks < 0;
  }

  private void load(long position, long length) {
    int n = (int) length;
    makeRoom(n);
    to = from;
    overwrites = blocks.readPastCache(position, bytes.clear().limit(n));
    from = position;
    to = position + n;
    nextBytes = Math.min(mostBytes, Math.max(firstBytes, 2 * nextBytes));
  }

  private void makeRoom(int n) {
    if (n <= bytes.capacity()) return;
    view = null;
    if (n >= DIRECT_BYTES) lent = blocks.lend();
    bytes = lent == null ? ByteBuffer.allocate(n) : lent;
  }
}
