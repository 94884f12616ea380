package flumelog.run;

import java.util.Arrays;

/**
 * A cursor over the entries of a segment. An entry is a key and offsets that have it, ascending. A key with many offsets has
 * several entries, one after the other.
 *
 * <p>The cursor is always between two entries. {@link #next} passes the entry behind it, {@link #previous} the one before it, and
 * the entry that was passed last can be read. Not for several threads.
 */
public abstract class Entries {
  /** Moves to a place between entries. */
  public abstract void seek(Bound place);

  /** Moves behind the last entry. */
  public abstract void seekEnd();

  /** Passes the next entry. Returns false if there is none. */
  public abstract boolean next();

  /** Passes the previous entry. Returns false if there is none. */
  public abstract boolean previous();

  /** The array with the key's bytes. It may be reused when the cursor moves. */
  public abstract byte[] keyBytes();

  public abstract int keyFrom();

  public abstract int keyTo();

  /** The array with the entry's offsets. It may be reused when the cursor moves. */
  public abstract long[] offsets();

  public abstract int offsetsFrom();

  public abstract int offsetsTo();

  /** {@return a copy of the key's bytes} */
  public final byte[] key() {
    return Arrays.copyOfRange(keyBytes(), keyFrom(), keyTo());
  }

  /** Compares the key with that of another cursor. */
  final int compareKey(Entries other) {
    return Arrays.compareUnsigned(keyBytes(), keyFrom(), keyTo(), other.keyBytes(), other.keyFrom(), other.keyTo());
  }

  /** Compares the key with bytes. */
  final int compareKey(byte[] bytes) {
    return Arrays.compareUnsigned(keyBytes(), keyFrom(), keyTo(), bytes, 0, bytes.length);
  }
}
