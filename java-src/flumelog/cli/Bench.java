package flumelog.cli;

/** The verb bench. */
final class Bench {
  static final String HELP = """
      Usage: flumelog bench FOLDER [OPTIONS]
      Measures this disk with a log in a new folder in FOLDER, which is removed at the end: appends, forces, scans, gets.

        --seconds SECONDS  how long it measures, about; 20 if absent
        --bytes BYTES      bytes of data in a record; 200 if absent

      One of:
        --edn              print the numbers as EDN
        --json             print the numbers as JSON

      Examples:
        flumelog bench /var/lib/app
        flumelog bench . --seconds 60 --bytes 4096 --json
      """;

  private Bench() {}
}
