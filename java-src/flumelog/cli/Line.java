package flumelog.cli;

import flumelog.error.LogException;
import org.jspecify.annotations.Nullable;

/** What is printed of a record. */
@FunctionalInterface
interface Line {
  /**
   * {@return the bytes of the line, without its end; null if the record was not asked for}
   *
   * @throws LogException {@code DECODE}
   */
  byte @Nullable [] of(long offset, byte[] data);
}
