package flumelog.cli;

/** The verb seal. */
final class Seal {
  static final String HELP = """
      Usage: flumelog seal LOG [OPTIONS]
      Writes a seal behind the last record of a sealed log, if it has none, and prints the head that it says. A log is sealed at close anyway:
      so this is for a log whose writer was killed.

        --json             print the head as JSON; else as EDN

      Examples:
        flumelog seal messages.log
        flumelog seal messages.log --sign audit.key
      """;

  private Seal() {}
}
