package flumelog.block;

/**
 * Where logs keep blocks of their files: anything that has a get and a set. {@link BlockCache} is one; a program that has a
 * cache of another library already lets logs use that, here one of Caffeine:
 *
 * <pre>{@code
 *   record Shared(com.github.benmanes.caffeine.cache.Cache<Object, Object> blocks) implements Cache {
 *     public Object get(Object key) { return blocks.getIfPresent(key); }
 *     public void set(Object key, Object block) { blocks.put(key, block); }
 *   }
 *   LogOptions.defaults().withCache(new Shared(Caffeine.newBuilder().maximumSize(1000).build()))
 * }</pre>
 *
 * <p>Any number of threads call both methods. A cache may forget any block at any time, and has to keep itself within bounds:
 * blocks that will not be asked for again, as those of a closed log, stay in it until it forgets them. What it gives must be
 * what was set last for that key. Keys are for {@code equals} and {@code hashCode} only; no key of one log is equal to one of
 * another. Blocks are for nobody to look at; each takes about as much memory as the option for the size of blocks says.
 */
public interface Cache {
  /**
   * Finds a block.
   *
   * @param key of the block
   * @return what was set last for an equal key, or null when it was forgotten or there was none
   */
  Object get(Object key);

  /**
   * Keeps a block in place of the one before.
   *
   * @param key of the block
   * @param block to keep; not null
   */
  void set(Object key, Object block);
}
