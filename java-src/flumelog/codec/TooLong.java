package flumelog.codec;

import java.io.IOException;

/** Thrown by a codec that stops encoding: the data is longer than the log accepts. An endless value would fill the memory. */
public final class TooLong extends IOException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes the exception.
   *
   * @param maxBytes the most bytes of data that were allowed
   */
  public TooLong(long maxBytes) {
    super("its data has more than " + maxBytes + " bytes");
  }

  /** Leaves out the stack trace: where in the value the limit was reached says nothing. */
  @Override
  public Throwable fillInStackTrace() {
    return this;
  }
}
