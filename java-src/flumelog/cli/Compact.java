package flumelog.cli;

/** The verb compact. */
final class Compact {
  static final String HELP = """
      Usage: flumelog compact LOG [OPTIONS]
      Gives back the space of deleted records. No program may have the log open for writing. Offsets change.

      """ + Options.FORMAT + Options.REPORT + Options.LONGEST + """

      Examples:
        flumelog compact messages.log
        flumelog compact messages.log --json
      """;

  private Compact() {}
}
