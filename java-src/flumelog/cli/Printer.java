package flumelog.cli;

import flumelog.error.LogException;
import flumelog.log.Log;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Prints records as the options of a verb say, and counts them. Records that can't be decoded are left out and told at the end. */
public final class Printer {
  private final Line line;
  private final boolean withOffsets;
  private final boolean byEnd;
  private long left;
  private long printed;
  private long undecodable;
  private @Nullable LogException firstFailure;

  private Printer(Line line, Map<String, Object> given) {
    this.line = line;
    this.withOffsets = given.containsKey("offsets");
    this.byEnd = "end".equals(given.get("key"));
    this.left = given.get("limit") instanceof Long limit ? limit : Long.MAX_VALUE;
  }

  /**
   * Makes a printer. It says on standard error which codec it guesses.
   *
   * @param log whose records it is to print
   * @param given the options of the verb, by name; the codec may be a {@link flumelog.codec.Codec}
   * @return a printer that has printed nothing
   */
  public static Printer of(Log log, Map<String, Object> given) {
    return new Printer(Lines.of(log, given), given);
  }

  /** {@return whether as many records were printed as were asked for} */
  public boolean isDone() {
    return left <= 0;
  }

  /**
   * Prints a record, if it was asked for.
   *
   * @param offset where it starts
   * @param data its data
   * @return this
   * @throws IOException if standard output can't be written
   */
  public Printer print(long offset, byte[] data) throws IOException {
    return print(offset, -1, data);
  }

  /**
   * Prints a record, if it was asked for.
   *
   * @param offset where it starts
   * @param end where it ends, which is printed in place of the offset if that was asked for
   * @param data its data
   * @return this
   * @throws IOException if standard output can't be written
   */
  public Printer print(long offset, long end, byte[] data) throws IOException {
    try {
      byte[] text = line.of(offset, data);
      if (text != null) write(byEnd ? end : offset, text);
    } catch (LogException e) {
      if (e.kind() != LogException.Kind.DECODE) throw e;
      if (firstFailure == null) firstFailure = e;
      undecodable++;
    }
    return this;
  }

  private void write(long key, byte[] text) throws IOException {
    Output.write(withOffsets ? key : null, text);
    printed++;
    left--;
  }

  /** Whether a record was asked for, or can't be decoded, so that nobody knows. */
  boolean isAsked(long offset, byte[] data) {
    try {
      return line.of(offset, data) != null;
    } catch (LogException e) {
      if (e.kind() != LogException.Kind.DECODE) throw e;
      return true;
    }
  }

  /**
   * Hands over what was printed, and says how many records can't be decoded, and why the first one can't.
   *
   * @return the exit code
   * @throws IOException if standard output can't be written
   */
  public int finish() throws IOException {
    Output.flush();
    if (firstFailure == null) return printed == 0 ? ExitCode.NOTHING_FOUND : ExitCode.FINE;
    if (undecodable > 1) Output.say(undecodable + " records can't be decoded; the first:");
    Output.say(ShellWords.of(firstFailure));
    return ExitCode.DAMAGE;
  }
}
