package flumelog.cli;

/** The verb export. */
final class Export {
  static final String HELP = """
      Usage: flumelog export LOG [FILE] [OPTIONS]
      Writes records as lines of JSON or EDN, which import reads, to a new file, or to standard output, also as the FILE -.

        --offsets          with offsets: [offset value], or an object with offset and value
      """ + Options.CODEC + Options.BOUNDS + """

      One of:
        --edn              lines of EDN
        --json             lines of JSON, as is usual where the codec is json

      Examples:
        flumelog export messages.log messages.jsonl
        flumelog export messages.log --edn --offsets --gt 4096
      """;

  private Export() {}
}
