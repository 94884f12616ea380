package flumelog.cli;

/** The verb recover. */
final class Recover {
  static final String HELP = """
      Usage: flumelog recover LOG [OPTIONS]
      Cuts a damaged file off where the damage begins, and keeps what it cuts in a file beside it.

        --dry-run          say what would be cut, and change nothing
        --cut-at OFFSET    where the damage begins, as --dry-run says it
      """ + Options.FORMAT + Options.REPORT + Options.LONGEST + """

      Examples:
        flumelog recover messages.log --dry-run
        flumelog recover messages.log --cut-at 4096
      """;

  private Recover() {}
}
