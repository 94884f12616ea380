package flumelog.cli;

/** The verb salvage. */
final class Salvage {
  static final String HELP = """
      Usage: flumelog salvage LOG TO [OPTIONS]
      Copies all that is whole in a damaged file to a new file, in the same format.

      """ + Options.FORMAT + Options.REPORT + Options.LONGEST + """

      Examples:
        flumelog salvage damaged.log saved.log
        flumelog salvage damaged.log saved.log --framing legacy
      """;

  private Salvage() {}
}
