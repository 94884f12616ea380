package flumelog.log;

import flumelog.block.ClockCache;
import flumelog.error.LogException;
import org.jspecify.annotations.Nullable;

/**
 * Keeps blocks in memory, up to a number of bytes. Several logs may share one cache. It does no I/O.
 *
 * <p>Finding a block takes no lock. A block that is read often stays.
 */
public final class BlockCache implements Cache {
  private final ClockCache blocks;

  /**
   * Makes an empty cache.
   *
   * @param maxBytes the memory that all blocks may take together, in bytes; with 0 no block is kept, and logs still work
   * @throws LogException {@code BAD_OPTION} for less than 0
   */
  public BlockCache(long maxBytes) {
    this.blocks = new ClockCache(maxBytes);
  }

  /** {@return the memory that all blocks may take together, in bytes} */
  public long maxBytes() {
    return blocks.maxBytes();
  }

  @Override
  public @Nullable Object get(Object key) {
    return blocks.get(key);
  }

  /** Keeps the block, unless the cache already has a longer version of it. */
  @Override
  public void set(Object key, Object block) {
    blocks.set(key, block);
  }

  ClockCache blocks() {
    return blocks;
  }

  @Override
  public String toString() {
    return "#flumelog/BlockCache[{:max-bytes " + maxBytes() + "}]";
  }
}
