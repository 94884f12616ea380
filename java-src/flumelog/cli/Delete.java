package flumelog.cli;

/** The verb delete. */
final class Delete {
  static final String HELP = """
      Usage: flumelog delete LOG OFFSET... [OPTIONS]
      Overwrites records with zeros. The log gets smaller only by compact.

      """ + Options.REPORT + """

      Examples:
        flumelog delete messages.log 4096
        flumelog delete messages.log 0 22 44 --json
      """;

  private Delete() {}
}
