package flumelog.cli;

/** The verb copy. */
final class Copy {
  static final String HELP = """
      Usage: flumelog copy LOG TO [OPTIONS]
      Copies a log, or a range of it, to a new log. Offsets change: TO.offsets has the new ones. Where LOG or TO is a topic,
      the same command again goes on where it has stopped.

        --to-codec CODEC   the codec of the new log; else records are copied as they are
        --map FILE         where the new offsets are written, by the old ones
        --no-map           write no offsets
      """ + Options.CODEC + Options.BOUNDS + Options.FORMAT + Options.PROTECT + Options.KEYS + Options.OLD_FORMAT + Options.REPORT + Options.LONGEST + Options.NEW_TOPIC + """

      Examples:
        flumelog copy messages.log messages.edn.log --to-codec edn
        flumelog copy messages.log kafka://localhost:9092/messages --replication 3
      """;

  private Copy() {}
}
