package flumelog.block;

import java.util.ArrayDeque;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Blocks in memory, at most so many bytes of them; several logs may share one cache. It does no I/O.
 *
 * <p>Finding a block takes no lock. When room is needed the oldest block that was not used since it was last looked at
 * goes (the clock or second-chance algorithm), so a block that is read often stays.
 */
public final class BlockCache {
  private record Key(Object owner, long index) {
    // By hand: those of a record are made at run time, which slows the first open of a process.
    @Override
    public boolean equals(Object other) {
      return other instanceof Key key && owner == key.owner && index == key.index;
    }

    @Override
    public int hashCode() {
      return 31 * System.identityHashCode(owner) + Long.hashCode(index);
    }
  }

  private static final class Entry {
    final Key key;
    volatile Block block;
    volatile boolean used;

    Entry(Key key, Block block) {
      this.key = key;
      this.block = block;
    }
  }

  private final long maxBytes;
  private final ConcurrentHashMap<Key, Entry> entries = new ConcurrentHashMap<>();
  private final ArrayDeque<Entry> clock = new ArrayDeque<>();
  private long bytes;

  /**
   * An empty cache.
   *
   * @param maxBytes the memory that all blocks in it may take together, in bytes; 0 keeps none, and all is still correct
   */
  public BlockCache(long maxBytes) {
    if (maxBytes < 0) throw new IllegalArgumentException("maxBytes must be 0 or more, was " + maxBytes);
    this.maxBytes = maxBytes;
  }

  /** {@return the memory that all blocks in it may take together, in bytes} */
  public long maxBytes() {
    return maxBytes;
  }

  Block get(Object owner, long index) {
    Entry entry = entries.get(new Key(owner, index));
    if (entry == null) return null;
    if (!entry.used) entry.used = true;
    return entry.block;
  }

  /** Keeps the block unless a longer one is there already. */
  synchronized void put(Object owner, long index, Block block) {
    Key key = new Key(owner, index);
    Entry entry = entries.get(key);
    if (entry != null) {
      if (entry.block.length() < block.length()) entry.block = block;
      return;
    }
    int size = block.bytes().length;
    if (size > maxBytes) return;
    while (bytes + size > maxBytes) evictOne();
    entry = new Entry(key, block);
    entries.put(key, entry);
    clock.add(entry);
    bytes += size;
  }

  /** Forgets the owner's blocks from {@code first} to {@code last}, both included. */
  synchronized void remove(Object owner, long first, long last) {
    clock.removeIf(entry -> {
      boolean gone = entry.key.owner == owner && entry.key.index >= first && entry.key.index <= last;
      if (gone) forget(entry);
      return gone;
    });
  }

  private void evictOne() {
    Entry oldest = clock.remove();
    while (oldest.used) {
      oldest.used = false;
      clock.add(oldest);
      oldest = clock.remove();
    }
    forget(oldest);
  }

  private void forget(Entry entry) {
    entries.remove(entry.key);
    bytes -= entry.block.bytes().length;
  }

  @Override
  public String toString() {
    return "#flumelog/BlockCache[{:max-bytes " + maxBytes() + "}]";
  }
}
