package flumelog.cli;

/** The verb stats. */
final class Stats {
  static final String HELP = """
      Usage: flumelog stats LOG [OPTIONS]
      Counts what is in a log: records, live and deleted bytes, sizes, growth over time, commonest keys and types.

        --time PATH        the field with the time of a record, as '[:value :timestamp]'; else it is found by its name
        --type PATH        the field with its type, as '[:value :content :type]'; else it is found by its name
        --sample N         decode about N records at most, evenly taken from the log; 200000 if absent, 0 for none
      """ + Options.CODEC + """

      One of:
        --html FILE        write a page with pictures; it is one file, and loads nothing
        --edn              print all numbers as EDN
        --json             print all numbers as JSON

      Examples:
        flumelog stats messages.log
        flumelog stats messages.log --html messages.html --time '[:value :timestamp]'
      """;

  private Stats() {}
}
