package flumelog.run;

/** Offsets of an answer, one after the other, in the order of their keys or of the log. Not for several threads. */
public abstract class Scan {
  long offset;

  /** Goes to the next offset. Returns false if there is none. */
  public abstract boolean next();

  /** The offset. */
  public final long offset() {
    return offset;
  }

  /** The bytes of the offset's key. */
  public abstract byte[] key();
}
