package flumelog.cli;

/** The verb tail. */
final class Tail {
  static final String HELP = """
      Usage: flumelog tail LOG [OPTIONS]
      Prints the last records, the oldest of them first, and with --follow those that come, also from another process.

        -n, --lines N      how many of the last records that match; 10 if absent
        -f, --follow       wait for new records, and print each as it comes
      """ + Options.FILTER + Options.OUTPUT + """

      Examples:
        flumelog tail messages.log -n 3 --offsets
        flumelog tail messages.log -n 0 -f --where '[:= [:value :author] "x"]'
      """;

  private Tail() {}
}
