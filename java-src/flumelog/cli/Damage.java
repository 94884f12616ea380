package flumelog.cli;

import flumelog.log.Log;
import flumelog.log.OffsetLog;
import flumelog.log.RecoveryReport;
import org.jspecify.annotations.Nullable;

/** What a command that reads says of a log whose end is damaged. */
public final class Damage {
  private Damage() {}

  /**
   * Says what is wrong with the end of a log.
   *
   * @param log that is open for reading
   * @return a sentence; null if it is whole, or if only an unfinished append stands at its end
   */
  public static @Nullable String of(Log log) {
    if (!(log instanceof OffsetLog file)) return null;
    RecoveryReport found = file.recovery();
    if (found.tail() != RecoveryReport.Tail.CORRUPT) return null;
    String next = found.nextGood().isPresent() ? "; the next whole record is at " + found.nextGood().getAsLong() : "";
    return "the file is damaged at position " + found.end() + " (" + found.damage().orElse("") + "), and only what stands before it was read"
        + next + "; flumelog verify says more, and flumelog salvage copies what is whole";
  }
}
