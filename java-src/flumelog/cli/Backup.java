package flumelog.cli;

/** The verb backup. */
final class Backup {
  static final String HELP = """
      Usage: flumelog backup LOG TO [OPTIONS]
      Copies a log that may be in use; into an older backup only what is new.

      """ + Options.REPORT + """

      Examples:
        flumelog backup messages.log copy.log
        flumelog backup messages.log /mnt/backup/messages.log --json
      """;

  private Backup() {}
}
