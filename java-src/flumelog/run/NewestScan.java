package flumelog.run;

/** The greatest offset of each key in another scan, which may go either way. */
public final class NewestScan extends Scan {
  private final Scan all;
  private final boolean isReverse;
  /** Whether the other scan has gone one further, to the first offset of the next key. */
  private boolean isAhead;
  private byte[] key;

  /** @param all the scan, whose key is the same array for all offsets of a key */
  public NewestScan(Scan all, boolean isReverse) {
    this.all = all;
    this.isReverse = isReverse;
  }

  @Override
  public boolean next() {
    if (isReverse) return nextKey();
    if (!isAhead && !all.next()) return false;
    key = all.key();
    do {
      offset = all.offset();
      isAhead = all.next();
    } while (isAhead && all.key() == key);
    return true;
  }

  /** The first offset of the next key. */
  private boolean nextKey() {
    while (all.next()) {
      if (all.key() == key) continue;
      key = all.key();
      offset = all.offset();
      return true;
    }
    return false;
  }

  @Override
  public byte[] key() {
    return key;
  }
}
