package flumelog.block;

/** The key of a block in a cache: the owner of the block, which differs for each open log, and the block's index in the file. */
record BlockKey(Object owner, long index) {
  // start-up: written by hand. The methods of a record are made at run time, which slows the first open of a process.
  @Override
  public boolean equals(Object other) {
    return other instanceof BlockKey key && owner == key.owner && index == key.index;
  }

  @Override
  public int hashCode() {
    return 31 * System.identityHashCode(owner) + Long.hashCode(index);
  }
}
