package flumelog.cli;

/** The verb cat. */
final class Cat {
  static final String HELP = """
      Usage: flumelog cat LOG [OPTIONS]
      Prints records, one a line, the oldest first.

        -n, --limit N      at most N records
      """ + Options.RANGE + Options.FILTER + Options.OUTPUT + """

      Examples:
        flumelog cat messages.log --reverse --limit 10
        flumelog cat messages.log --where '[:= [:value :author] "x"]' --json --offsets
      """;

  private Cat() {}
}
