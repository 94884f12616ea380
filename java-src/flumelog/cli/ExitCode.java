package flumelog.cli;

import flumelog.error.LogException;

/** What a command tells the shell. An interrupt ends a process with 130, as of any program. */
final class ExitCode {
  static final int FINE = 0;
  static final int NOTHING_FOUND = 1;
  static final int USED_WRONGLY = 2;
  static final int COULD_NOT = 3;
  static final int DAMAGE = 4;

  private ExitCode() {}

  static int of(LogException.Kind kind) {
    return switch (kind) {
      case NOT_A_RECORD, DELETED -> NOTHING_FOUND;
      case BAD_OPTION, ENCODE -> USED_WRONGLY;
      case CORRUPT, DECODE -> DAMAGE;
      default -> COULD_NOT;
    };
  }
}
