package flumelog.block;

/**
 * Where a log keeps blocks of its file. Any number of threads may call the methods at the same time. It may drop any block at any
 * time.
 */
public interface BlockStore {
  /** The block that was set last for an equal key; null if it was dropped or never set. */
  Object get(Object key);

  /** Keeps a block, in place of an earlier one with an equal key. */
  void set(Object key, Object block);

  /** The memory that all blocks may take together, in bytes; {@code Long.MAX_VALUE} if that is not known. */
  default long maxBytes() {
    return Long.MAX_VALUE;
  }

  /** Removes the owner's blocks from index {@code first} to {@code last}, both included. Returns false if it can't remove any. */
  default boolean remove(Object owner, long first, long last) {
    return false;
  }
}
