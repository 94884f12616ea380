package flumelog.cli;

/** The verb append. */
final class Append {
  static final String HELP = """
      Usage: flumelog append LOG [OPTIONS]
      Appends each line of standard input as one record, and prints the offset of each. Empty lines are passed over. When
      the command ends with 0, all records are on disk. A missing log is made.

        --codec CODEC      edn, nippy, json, utf8 or bytes; else that of the records in the log, or edn in a new one

      One of:
        --edn              lines are EDN; so they are, if absent, where the codec is edn or nippy
        --json             lines are JSON; so they are, if absent, where the codec is json
        --text             lines are text; so they are, if absent, where the codec is utf8
        --hex              lines are hexadecimal digits; so they are, if absent, where the codec is bytes

      Examples:
        echo '{:text "hello"}' | flumelog append messages.log
        flumelog cat old.log --json | flumelog append new.log --codec json
      """;

  private Append() {}
}
