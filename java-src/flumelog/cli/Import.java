package flumelog.cli;

/** The verb import. */
final class Import {
  static final String HELP = """
      Usage: flumelog import LOG [FILE] [OPTIONS]
      Appends records from lines of JSON or EDN, of a file or of standard input, also as the FILE -; or from the log.bipf of
      ssb-db2, which is only read.

        --offsets          lines have offsets, as export writes them; print old and new ones
        --skip N           leave out N lines; of a log.bipf, the records up to offset N
      """ + Options.CODEC + Options.FORMAT + Options.LONGEST + Options.NEW_TOPIC + """

      One of:
        --edn              lines of EDN
        --json             lines of JSON
        --bipf             a log.bipf

      Examples:
        flumelog import messages.log messages.jsonl
        flumelog import messages.log log.bipf --bipf --codec nippy
      """;

  private Import() {}
}
