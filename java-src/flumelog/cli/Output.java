package flumelog.cli;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Standard output, on which records are printed, one a line. It keeps what is written until {@link #flush}. */
public final class Output {
  /** System.out would say nothing of a reader that has gone. */
  private static final OutputStream OUT = new BufferedOutputStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), 1 << 16);

  private Output() {}

  /**
   * Writes a line.
   *
   * @param offset is written before it, with a tab; null is not
   * @param line its bytes
   * @throws IOException if it can't be written
   */
  public static void write(@Nullable Long offset, byte[] line) throws IOException {
    if (offset != null) OUT.write((offset + "\t").getBytes(StandardCharsets.US_ASCII));
    OUT.write(line);
    OUT.write('\n');
  }

  /** Hands over all that was written. */
  public static void flush() throws IOException {
    OUT.flush();
  }

  /** Prints a text, and all that was written before it. */
  static void print(String text) throws IOException {
    OUT.write(text.getBytes(StandardCharsets.UTF_8));
    OUT.flush();
  }

  /** Says a sentence on standard error. */
  static void say(String sentence) {
    System.err.println("flumelog: " + sentence);
  }
}
