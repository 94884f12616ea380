package flumelog.log;

import org.jspecify.annotations.Nullable;

/**
 * A cache in which logs keep blocks of their files: anything that has a get and a set. {@link BlockCache} is one. A program may
 * also let its logs use a cache of another library, for example one of Caffeine:
 *
 * <pre>{@code
 *   record Shared(com.github.benmanes.caffeine.cache.Cache<Object, Object> blocks) implements Cache {
 *     public Object get(Object key) { return blocks.getIfPresent(key); }
 *     public void set(Object key, Object block) { blocks.put(key, block); }
 *   }
 *   LogOptions.defaults().withCache(new Shared(Caffeine.newBuilder().maximumSize(1000).build()))
 * }</pre>
 *
 * <p>Any number of threads may call both methods at the same time. A cache may drop any block at any time. It has to limit its
 * own size: blocks that no log will ask for again, such as those of a closed log, stay until the cache drops them. {@link #get}
 * must return the block that was set last for that key, or null. A cache uses only {@code equals} and {@code hashCode} of a key.
 * Keys of different logs are never equal. A cache must not look into a block. A block takes about as much memory as the option
 * for the size of blocks says.
 */
public interface Cache {
  /**
   * Finds a block.
   *
   * @param key key of the block
   * @return the block that was set last for an equal key; null if it was dropped or never set
   */
  @Nullable Object get(Object key);

  /**
   * Keeps a block, in place of an earlier one with an equal key.
   *
   * @param key key of the block
   * @param block the block to keep; not null
   */
  void set(Object key, Object block);
}
