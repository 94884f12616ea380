package flumelog.cli;

/** The verb get. */
final class Get {
  static final String HELP = """
      Usage: flumelog get LOG OFFSET... [OPTIONS]
      Prints the records at the offsets, in their order. The exit code is 1 when no record is at one of them.

      """ + Options.OUTPUT + """

      Examples:
        flumelog get messages.log 0
        flumelog get messages.log 0 546453 --json
      """;

  private Get() {}
}
