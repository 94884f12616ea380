package flumelog.codec;

import java.io.IOException;

/** Ends the encoding of a value that has more data than the log takes, so that a value without end does not fill the memory. */
public final class TooLong extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Says how much there was room for.
   *
   * @param maxBytes most bytes of data
   */
  public TooLong(long maxBytes) {
    super("its data has more than " + maxBytes + " bytes");
  }

  /** Which stack it was found in says nothing. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
