package flumelog.cli;

/** The verb verify. */
final class Verify {
  static final String HELP = """
      Usage: flumelog verify LOG [OPTIONS]
      Reads all of a file, and says what is wrong with it. Changes nothing.

      """ + Options.CODEC + Options.FORMAT + Options.REPORT + Options.LONGEST + """

      Examples:
        flumelog verify messages.log
        flumelog verify messages.log --codec nippy --json
      """;

  private Verify() {}
}
