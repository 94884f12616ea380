package flumelog.block;

/** Tells a block from all others of a cache: whose it is, and its place in the file. */
record BlockKey(Object owner, long index) {
  // start-up: written by hand. Those of a record are made at run time, which slows the first open of a process.
  @Override
  public boolean equals(Object other) {
    return other instanceof BlockKey key && owner == key.owner && index == key.index;
  }

  @Override
  public int hashCode() {
    return 31 * System.identityHashCode(owner) + Long.hashCode(index);
  }
}
