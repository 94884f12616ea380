package flumelog.log;

import flumelog.block.BlockStore;

/** A cache of another library. It can't remove blocks, and does not say how much it can keep. */
record OtherCache(Cache cache) implements BlockStore {
  @Override
  public Object get(Object key) {
    return cache.get(key);
  }

  @Override
  public void set(Object key, Object block) {
    cache.set(key, block);
  }
}
