package flumelog.block;

import flumelog.error.LogException;
import flumelog.error.OptionFailures;
import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Keeps blocks in memory, up to a number of bytes. Several logs may share one cache. It does no I/O.
 *
 * <p>Finding a block takes no lock. If space is needed, the cache considers its blocks from the oldest on, and evicts the first
 * that was not read since it was last considered (the clock or second-chance algorithm). So a block that is read often stays.
 */
public final class ClockCache implements BlockStore {
  private final long maxBytes;
  private final ConcurrentHashMap<BlockKey, Block> blocks = new ConcurrentHashMap<>();
  /** The keys of all blocks. */
  private final ArrayDeque<BlockKey> clock = new ArrayDeque<>();
  private long bytes;

  /**
   * Makes an empty cache.
   *
   * @param maxBytes the memory that all blocks may take together, in bytes; with 0 no block is kept, and logs still work
   * @throws LogException {@code BAD_OPTION} for less than 0
   */
  public ClockCache(long maxBytes) {
    if (maxBytes < 0) throw OptionFailures.badArgument("maxBytes", maxBytes, "0 or more");
    this.maxBytes = maxBytes;
  }

  @Override
  public long maxBytes() {
    return maxBytes;
  }

  @Override
  public Object get(Object key) {
    Block block = blocks.get(key);
    if (block != null && !block.used) block.used = true;
    return block;
  }

  /** Keeps the block, unless the cache already has a longer version of it. */
  @Override
  public synchronized void set(Object key, Object block) {
    set((BlockKey) key, (Block) block);
  }

  private void set(BlockKey key, Block block) {
    Block before = blocks.get(key);
    if (before == null) {
      add(key, block);
    } else if (before.length() < block.length()) {
      block.used = before.used;
      blocks.put(key, block);
    }
  }

  private void add(BlockKey key, Block block) {
    int size = block.bytes().length;
    if (size > maxBytes) return;
    while (bytes + size > maxBytes) evictOne();
    blocks.put(key, block);
    clock.add(key);
    bytes += size;
  }

  @Override
  public synchronized boolean remove(Object owner, long first, long last) {
    for (int left = clock.size(); left > 0; left--) {
      BlockKey key = clock.remove();
      if (key.owner() == owner && key.index() >= first && key.index() <= last) forget(key);
      else clock.add(key);
    }
    return true;
  }

  private void evictOne() {
    BlockKey oldest = clock.remove();
    while (blocks.get(oldest).used) {
      blocks.get(oldest).used = false;
      clock.add(oldest);
      oldest = clock.remove();
    }
    forget(oldest);
  }

  private void forget(BlockKey key) {
    bytes -= blocks.remove(key).bytes().length;
  }
}
