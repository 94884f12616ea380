package flumelog.cli;

/** The verb convert. */
final class Convert {
  static final String HELP = """
      Usage: flumelog convert LOG TO [OPTIONS]
      Copies a log to a new file in another framing or width, or with another protection. Offsets change.

      """ + Options.FORMAT + Options.PROTECT + Options.KEYS + Options.OLD_FORMAT + Options.REPORT + Options.LONGEST + """

      Examples:
        flumelog convert old.log new.log --from-framing legacy
        flumelog convert messages.log safe.log --protect checked
      """;

  private Convert() {}
}
